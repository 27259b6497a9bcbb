namespace ClaudeManage.Cli.Import.Beads;

/// <summary>What of the data has no place here, or another one than before: told before anything is sent.</summary>
sealed class LossReport
{
    const int MaxExamples = 5;
    readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <param name="Count">How often.</param>
    /// <param name="Examples">The first few.</param>
    public sealed record Entry(string What, int Count, IReadOnlyList<string> Examples);

    public IReadOnlyCollection<Entry> Entries => _entries.Values;

    /// <summary>One more of a kind.</summary>
    public void Note(string what, string example)
    {
        var entry = _entries.GetValueOrDefault(what) ?? new Entry(what, 0, []);
        _entries[what] = entry with { Count = entry.Count + 1, Examples = entry.Examples.Count < MaxExamples && !entry.Examples.Contains(example) ? [.. entry.Examples, example] : entry.Examples };
    }

    /// <summary>How often this kind was noted.</summary>
    public int Of(string what) => _entries.GetValueOrDefault(what)?.Count ?? 0;
}
