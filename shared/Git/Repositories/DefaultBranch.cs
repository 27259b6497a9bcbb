namespace ClaudeManage.Git;

public enum DefaultBranchKind
{
    /// <summary>The repository has a default branch with commits.</summary>
    Found,

    /// <summary>A repository without a commit.</summary>
    Empty,

    /// <summary>HEAD is a commit, not a branch.</summary>
    Detached,

    /// <summary>HEAD names a branch that does not exist, and no other choice is obvious.</summary>
    HeadMissing,

    /// <summary>The local path exists but is no repository, or does not exist.</summary>
    NotARepository,

    /// <summary>The other side did not answer, or refused.</summary>
    Unreachable,

    /// <summary>The address is not allowed.</summary>
    Refused,
}

/// <param name="Branch">Set when <see cref="DefaultBranchKind.Found"/>, without refs/heads/.</param>
/// <param name="Message">For a person: what was found, with git's own words where there are any.</param>
public sealed record DefaultBranchResult(DefaultBranchKind Kind, string? Branch, string Message)
{
    /// <summary>All branches the origin has, without refs/heads/.</summary>
    public IReadOnlyList<string> Branches { get; init; } = [];
}

/// <summary>Asks an origin, without cloning it, which branch work is based on.</summary>
public static class DefaultBranch
{
    const string Heads = "refs/heads/";

    public static async Task<DefaultBranchResult> DetectAsync(GitRunner git, string url, CancellationToken ct = default)
    {
        if (GitUrl.Validate(url) is { } no) return new(DefaultBranchKind.Refused, null, no);
        var path = url.StartsWith("file://", StringComparison.Ordinal) ? url["file://".Length..] : url;
        if (GitUrl.IsLocal(url) && !Directory.Exists(path)) return new(DefaultBranchKind.NotARepository, null, $"{path} does not exist");

        var call = new GitCall(null, ["ls-remote", "--symref", .. Remote.Read(url), "--", url]) { Timeout = TimeSpan.FromMinutes(1) };
        var result = await git.TryAsync(call, ct);
        if (!result.Ok)
            return new(GitUrl.IsLocal(url) && result.StdErr.Contains("not appear to be a git repository", StringComparison.Ordinal)
                ? DefaultBranchKind.NotARepository : DefaultBranchKind.Unreachable, null, GitRunner.Words(result));
        // "ref: refs/heads/main\tHEAD", then "<id>\t<ref>" for each
        var lines = result.StdOut.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t', 2)).Where(f => f.Length == 2).ToList();
        var branches = lines.Where(f => f[1].StartsWith(Heads, StringComparison.Ordinal)).Select(f => f[1][Heads.Length..]).ToList();
        if (lines.Find(f => f[1] == "HEAD" && f[0].StartsWith("ref: " + Heads, StringComparison.Ordinal)) is { } head)
            return Found(head[0][("ref: " + Heads).Length..], "the origin's HEAD");
        if (lines.Exists(f => f[1] == "HEAD"))
            return new(DefaultBranchKind.Detached, null, "the origin's HEAD is detached (a commit, not a branch); name the branch to use") { Branches = branches };
        if (branches.Count == 0) return new(DefaultBranchKind.Empty, null, "the repository has no commit yet; make one and push it");
        // A HEAD that still says master while only main was pushed shows no HEAD at all.
        var choice = branches.Count == 1 ? branches[0] : new[] { "main", "master" }.FirstOrDefault(branches.Contains);
        return choice is not null ? Found(choice, "chosen, because the origin's HEAD names a branch that does not exist")
            : new(DefaultBranchKind.HeadMissing, null, $"the origin's HEAD names a branch that does not exist; name one of {string.Join(", ", branches.Take(10))}") { Branches = branches };

        DefaultBranchResult Found(string branch, string why) => GitNames.ValidateBranch(branch) is { } bad
            ? new(DefaultBranchKind.Refused, null, bad) : new(DefaultBranchKind.Found, branch, $"{branch}: {why}") { Branches = branches };
    }
}
