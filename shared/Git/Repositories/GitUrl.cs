using System.Text.RegularExpressions;

namespace ClaudeManage.Git;

/// <summary>
/// Which repositories may be named as an origin: a local absolute path, file://, https://, ssh:// and user@host:path.
/// Everything else git would accept (ext::, fd::, other remote helpers, http://, git://) is refused.
/// </summary>
public static partial class GitUrl
{
    /// <summary>Null when allowed, else the reason.</summary>
    public static string? Validate(string? url)
    {
        if (string.IsNullOrEmpty(url)) return "a repository address is missing";
        if (url.Length > 2000) return "a repository address has at most 2000 characters";
        if (url.Any(c => c < ' ' || c == 127)) return "a repository address has no control characters";
        if (url.StartsWith('/'))
            return url.Split('/').Contains("..") ? "a repository path has no '..'" : null;
        if (url.StartsWith("file:///", StringComparison.Ordinal)) return Validate(url["file://".Length..]);
        var match = Remote().Match(url) is { Success: true } m ? m : ScpLike().Match(url);
        if (!match.Success || url.Contains("::", StringComparison.Ordinal) && !url.Contains('['))
            return $"'{Redact(url)}' is not an allowed repository address: use an absolute path, file:///…, https://…, ssh://… or user@host:path";
        // ssh would take a host, user or path that begins with '-' for an option (-oProxyCommand=…).
        foreach (var name in new[] { "user", "host", "path" })
            if (match.Groups[name].Value.StartsWith('-'))
                return $"the {name} of a repository address may not begin with '-'";
        return null;
    }

    /// <summary>On this machine, by path or file://.</summary>
    public static bool IsLocal(string url) => url.StartsWith('/') || url.StartsWith("file:///", StringComparison.Ordinal);

    internal static bool IsSsh(string url) => !IsLocal(url) && !url.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>The same text with passwords and tokens in addresses blanked, for logs and messages.</summary>
    public static string Redact(string text) => Secret().Replace(text, "$1***@");

    [GeneratedRegex(@"^(?:https|ssh)://(?:(?<user>[^@/\s]+)@)?(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?/(?<path>\S*)$", RegexOptions.None, 1000)]
    private static partial Regex Remote();

    [GeneratedRegex(@"^(?<user>[^@/:\s]+)@(?<host>[A-Za-z0-9._-]+):(?<path>[^:\s]\S*)$", RegexOptions.None, 1000)]
    private static partial Regex ScpLike();

    [GeneratedRegex(@"(https?://)[^@/\s']+@", RegexOptions.None, 1000)]
    private static partial Regex Secret();
}
