namespace ClaudeManage.Supervisor.Domain;

/// <summary>A machine's name in the town: lower-case letters, digits and <c>-</c>, at most 40, never empty.</summary>
static class NodeName
{
    const int MaxLength = 40;

    /// <summary>The configured name, else this machine's.</summary>
    public static string Of(string? configured) => From(configured is { Length: > 0 } ? configured : Environment.MachineName);

    public static string From(string? name)
    {
        var letters = (name ?? "").ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-').ToArray();
        var trimmed = new string(letters).Trim('-');
        return trimmed.Length == 0 ? "node" : trimmed[..Math.Min(trimmed.Length, MaxLength)].TrimEnd('-');
    }
}
