namespace ClaudeManage.Cli.Import.Beads;

/// <summary>The limits of the town's texts.</summary>
static class Texts
{
    public const int MaxTitle = 300, MaxText = 64 * 1024, MaxLabel = 60, MaxLabels = 50, MaxName = 200, MaxRef = 300;

    /// <summary>The text in pieces that fit, none ending within a character.</summary>
    public static IEnumerable<string> Pieces(string text, int size = MaxText)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(size, text.Length - at);
            if (at + length < text.Length && char.IsHighSurrogate(text[at + length - 1])) length--;
            yield return text.Substring(at, length);
            at += length;
        }
    }

    /// <summary>A name as the town takes one.</summary>
    public static string Name(string? name)
    {
        var clean = new string([.. (name ?? "").Where(c => !char.IsControl(c))]).Trim();
        return clean.Length == 0 ? "beads" : Pieces(clean, MaxName).First();
    }
}
