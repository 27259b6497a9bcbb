using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>Texts cut to what the town takes.</summary>
static class Texts
{
    /// <summary>The text in pieces that fit, none ending within a character.</summary>
    public static IEnumerable<string> Pieces(string text, int size = WorkItemLimits.Text)
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
        return clean.Length == 0 ? "beads" : Pieces(clean, WorkItemLimits.Name).First();
    }
}
