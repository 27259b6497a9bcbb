using ClaudeManage.Cli.Hosting;
using Spectre.Console;

namespace ClaudeManage.Cli.Output;

/// <summary>One cell or piece of a line: text from anywhere, and the style it is shown in.</summary>
readonly record struct Span(string Text, string? Style = null)
{
    public static implicit operator Span(string? text) => new(text ?? "");
}

/// <summary>Writes for a person: styled lines, tables and labelled fields that fit the screen; plain and uncut into a pipe.</summary>
sealed class Screen
{
    readonly Terminal _terminal;
    readonly IAnsiConsole _console;

    public Screen(Terminal terminal)
    {
        _terminal = terminal;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal.HasColour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = terminal.HasColour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(terminal.Out),
        });
        _console.Profile.Width = int.MaxValue / 4;      // lines are fitted here, so that nothing is wrapped in the middle of an id
    }

    /// <summary>Columns to fit into; unlimited in a pipe.</summary>
    public int Width => _terminal.IsInteractive ? Math.Max(40, _terminal.Width) : int.MaxValue;

    public void Line() => _terminal.Out.WriteLine();

    public void Line(params ReadOnlySpan<Span> spans)
    {
        if (!_terminal.HasColour)
        {
            var plain = new System.Text.StringBuilder();
            foreach (var span in spans) plain.Append(span.Text);
            _terminal.Out.WriteLine(plain.ToString().TrimEnd());
            return;
        }
        var markup = new System.Text.StringBuilder();
        for (var i = 0; i < spans.Length; i++)
        {
            var text = Markup.Escape(i == spans.Length - 1 ? spans[i].Text.TrimEnd() : spans[i].Text);
            markup.Append(spans[i].Style is { } style && text.Length > 0 ? $"[{style}]{text}[/]" : text);
        }
        _console.Markup(markup.ToString());
        _terminal.Out.WriteLine();
    }

    /// <summary>A heading over a part of the screen.</summary>
    public void Heading(string text)
    {
        Line();
        Line(new Span(text, "bold"));
    }

    /// <summary>A label and its value; empty values are left out.</summary>
    public void Field(string label, Span value)
    {
        if (value.Text.Length > 0) Line(new Span($"{label,-13}", "grey"), value);
    }

    /// <summary>Longer text under a label, indented and wrapped.</summary>
    public void Block(string label, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        Line(new Span(label, "grey"));
        foreach (var line in Text.Plain(text).TrimEnd().Split('\n'))
            foreach (var part in Width == int.MaxValue ? [line] : Text.Wrap(line, Width - 2)) Line("  " + part);
    }

    /// <summary>Writes a text as it is.</summary>
    public void Raw(string text) => _terminal.Out.Write(text);
}
