namespace ClaudeManage.Git;

/// <summary>
/// What may be handed to git as a name. Every method answers null when it is fine, else the reason in words that can be
/// shown to whoever sent it.
/// </summary>
public static class GitNames
{
    public const int MaxLength = 200;

    /// <summary>A full ref name or a short one, by the rules of git-check-ref-format, at most <see cref="MaxLength"/> characters, and never to be taken for an option.</summary>
    public static string? ValidateRef(string? name)
    {
        if (string.IsNullOrEmpty(name)) return "a ref name is missing";
        if (name.Length > MaxLength) return $"a ref name has at most {MaxLength} characters";
        if (name.Any(c => c < ' ' || c == 127)) return "a ref name has no control characters";
        var shown = $"'{name}'";
        if (name.Any(c => " ~^:?*[\\".Contains(c))) return $"{shown} is not a ref name: none of space ~ ^ : ? * [ \\";
        if (name.Contains("..", StringComparison.Ordinal)) return $"{shown} is not a ref name: no '..'";
        if (name.Contains("@{", StringComparison.Ordinal) || name == "@") return $"{shown} is not a ref name: no '@{{', not '@'";
        if (name.EndsWith('.')) return $"{shown} is not a ref name: it ends with '.'";
        foreach (var part in name.Split('/'))
        {
            if (part.Length == 0) return $"{shown} is not a ref name: empty part";
            if (part[0] is '.' or '-') return $"{shown} is not a ref name: a part begins with '{part[0]}'";
            if (part.EndsWith(".lock", StringComparison.Ordinal)) return $"{shown} is not a ref name: a part ends with '.lock'";
        }
        return char.IsSurrogate(name[^1]) && !char.IsLowSurrogate(name[^1]) ? "a ref name is well-formed text" : null;
    }

    /// <summary>A branch without refs/heads/: a ref name that nobody takes for HEAD, a full ref or a commit id.</summary>
    public static string? ValidateBranch(string? name) =>
        ValidateRef(name) is { } no ? no
        : name!.StartsWith("refs/", StringComparison.Ordinal) ? $"'{name}' is a full ref; name the branch without refs/heads/"
        : name is "HEAD" or "FETCH_HEAD" or "ORIG_HEAD" or "MERGE_HEAD" ? $"'{name}' is a name git uses itself"
        : ValidateSha(name) is null ? $"'{name}' looks like a commit id"
        : null;

    /// <summary>A full commit id: 40 or 64 lower case hexadecimal digits. Abbreviations are refused: they can become ambiguous.</summary>
    public static string? ValidateSha(string? sha) =>
        sha is { Length: 40 or 64 } && sha.All(char.IsAsciiHexDigitLower) ? null : "a commit id has 40 (or 64) hexadecimal digits";

    /// <summary>A path inside a repository: relative, no '..', no empty or '.git' part, no control characters.</summary>
    public static string? ValidatePath(string? path)
    {
        if (string.IsNullOrEmpty(path)) return "a path is missing";
        if (path.Length > 4096) return "a path has at most 4096 characters";
        if (path.Any(c => c < ' ' || c == 127)) return "a path has no control characters";
        if (path[0] is '/' or '-' or ':') return $"'{path}' must be relative and not begin with '-' or ':'";
        return path.Split('/').Any(part => part is "" or "." or ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase))
            ? $"'{path}' may not have an empty, '.', '..' or '.git' part" : null;
    }

    /// <summary>One part of a ref made by us (item id, fence, node): letters, digits, '.', '_', '-', not beginning with '.' or '-'.</summary>
    public static string? ValidatePart(string? part) =>
        string.IsNullOrEmpty(part) || part.Length > 100 || !part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? $"'{part}' is not 1 to 100 letters, digits, '.', '_', '-'" : ValidateRef(part);

    internal static string Checked(string? reason, string value) => reason is null ? value : throw new ArgumentException(reason);
}
