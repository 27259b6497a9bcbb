namespace ClaudeManage.Cli.Output;

/// <summary>
/// Columns under their names. One column may give way: on a screen it is cut with … so that every row stays on one line; in a
/// pipe nothing is cut.
/// </summary>
sealed class Table(params IReadOnlyList<string> headers)
{
    const int Gap = 2;
    const int Narrowest = 12;

    readonly List<Span[]> _rows = [];

    /// <summary>Index of the column that gives way; the last one unless said otherwise.</summary>
    public int Flexible { get; init; } = headers.Count - 1;

    /// <summary>Spaces before each row.</summary>
    public int Indent { get; init; }

    public int Count => _rows.Count;

    public void Add(params Span[] cells) => _rows.Add([.. cells.Select(c => c with { Text = Text.Line(c.Text) })]);

    public void Write(Screen screen)
    {
        var shown = Enumerable.Range(0, headers.Count).Where(i => _rows.Any(r => r[i].Text.Length > 0)).ToList();
        var widths = shown.ToDictionary(i => i, i => Math.Max(Text.Width(headers[i]), _rows.Max(r => Text.Width(r[i].Text))));
        if (widths.ContainsKey(Flexible) && screen.Width != int.MaxValue)
        {
            var others = Indent + widths.Where(w => w.Key != Flexible).Sum(w => w.Value + Gap);
            widths[Flexible] = Math.Min(widths[Flexible], Math.Max(Narrowest, screen.Width - 1 - others));
        }
        WriteRow(screen, shown, widths, [.. headers.Select(h => new Span(h, "grey"))]);
        foreach (var row in _rows) WriteRow(screen, shown, widths, row);
    }

    void WriteRow(Screen screen, List<int> shown, Dictionary<int, int> widths, Span[] row)
    {
        var spans = new List<Span>();
        if (Indent > 0) spans.Add(new string(' ', Indent));
        foreach (var i in shown)
        {
            var text = Text.Cut(row[i].Text, widths[i]);
            spans.Add(row[i] with { Text = text });
            if (i != shown[^1]) spans.Add(new string(' ', widths[i] - Text.Width(text) + Gap));
        }
        screen.Line([.. spans]);
    }
}
