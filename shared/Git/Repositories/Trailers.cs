namespace ClaudeManage.Git;

/// <summary>"Key: value" lines at the end of a commit message.</summary>
public static class Trailers
{
    /// <summary>Adds the lines as (or to) the last paragraph; those already there are not doubled.</summary>
    public static string Append(string message, string trailers)
    {
        message = message.TrimEnd();
        var lines = message.Split('\n');
        var wanted = trailers.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(t => !lines.Contains(t)).ToList();
        if (wanted.Count == 0) return message;
        var last = lines[(Array.FindLastIndex(lines, l => l.Length == 0) + 1)..];
        var joins = last.Length < lines.Length && last.All(IsTrailer);
        return $"{message}{(joins ? "\n" : "\n\n")}{string.Join('\n', wanted)}";
    }

    /// <summary>Values of a key in the last paragraph, in order.</summary>
    public static IReadOnlyList<string> Read(string message, string key)
    {
        var lines = message.TrimEnd().Split('\n');
        return [.. lines[(Array.FindLastIndex(lines, l => l.Length == 0) + 1)..]
            .Where(l => l.StartsWith(key + ": ", StringComparison.OrdinalIgnoreCase)).Select(l => l[(key.Length + 2)..].Trim())];
    }

    static bool IsTrailer(string line) => line.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon && line[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
