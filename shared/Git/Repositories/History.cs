using System.Globalization;

namespace ClaudeManage.Git;

/// <summary>Name and e-mail of an author or committer. Characters git cannot store in one are left out.</summary>
public sealed record GitIdentity
{
    public GitIdentity(string name, string email) => (Name, Email) = (Clean(name, "unknown"), Clean(email, "unknown@localhost"));

    public string Name { get; }

    public string Email { get; }

    static string Clean(string text, string otherwise) =>
        new string([.. text.Where(c => !char.IsControl(c) && c is not ('<' or '>'))]).Trim(' ', '.', ',', ':', ';', '"', '\'', '\\') is { Length: > 0 } kept ? kept : otherwise;
}

public sealed record CommitInfo(string Id, string Tree, IReadOnlyList<string> Parents, GitIdentity Author, DateTimeOffset AuthoredAt,
    GitIdentity Committer, DateTimeOffset CommittedAt, string Subject, string Message);

/// <summary>Questions to the commit graph of a mirror. Names are commit ids or full refs; unknown ones are a <see cref="GitException"/>.</summary>
public sealed class History(Mirror mirror)
{
    public async Task<bool> IsAncestorAsync(string ancestor, string descendant, CancellationToken ct = default)
    {
        var call = new GitCall(mirror.Directory, "merge-base", "--is-ancestor", Safe(ancestor), Safe(descendant));
        var result = await mirror.Git.TryAsync(call, ct);
        return result is { Started: true, TimedOut: false, ExitCode: 0 or 1 } ? result.ExitCode == 0 : throw GitRunner.Failure(call, result);
    }

    /// <summary>The best common ancestor; null when the histories have nothing in common.</summary>
    public async Task<string?> MergeBaseAsync(string one, string other, CancellationToken ct = default)
    {
        var call = new GitCall(mirror.Directory, "merge-base", Safe(one), Safe(other));
        var result = await mirror.Git.TryAsync(call, ct);
        return result.Ok ? result.StdOut.Trim() : result is { Started: true, ExitCode: 1 } ? null : throw GitRunner.Failure(call, result);
    }

    /// <summary>How many commits <paramref name="commit"/> has that <paramref name="baseCommit"/> has not.</summary>
    public async Task<int> CommitsAheadAsync(string baseCommit, string commit, CancellationToken ct = default) =>
        int.Parse(await Run(ct, "rev-list", "--count", $"{Safe(baseCommit)}..{Safe(commit)}"), CultureInfo.InvariantCulture);

    public async Task<string> TreeOfAsync(string commit, CancellationToken ct = default) =>
        (await Run(ct, "rev-parse", "--verify", "--end-of-options", Safe(commit) + "^{tree}")).Trim();

    /// <summary>Paths that differ between the two trees, a rename as both its names.</summary>
    public async Task<IReadOnlyList<string>> ChangedFilesAsync(string baseCommit, string commit, CancellationToken ct = default) =>
        (await Run(ct, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", Safe(baseCommit), Safe(commit))).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The landings on a branch, newest first, down to but without <paramref name="since"/> (null: from its beginning).</summary>
    public async Task<IReadOnlyList<string>> FirstParentCommitsAsync(string name, string? since = null, int max = 1000, CancellationToken ct = default) =>
        Lines(await Run(ct, ["rev-list", "--first-parent", $"--max-count={max}", Safe(name), .. since is null ? Array.Empty<string>() : ["^" + Safe(since)], "--"]));

    /// <summary>Commits of a branch in the order they were made, merges left out.</summary>
    public async Task<IReadOnlyList<string>> CommitsAsync(string baseCommit, string commit, CancellationToken ct = default) =>
        Lines(await Run(ct, "rev-list", "--reverse", "--topo-order", "--no-merges", $"{Safe(baseCommit)}..{Safe(commit)}", "--"));

    public async Task<CommitInfo> CommitAsync(string commit, CancellationToken ct = default)
    {
        var f = (await Run(ct, "log", "-1", "--no-show-signature", "--no-notes", "--encoding=UTF-8", "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%s%x00%B", "--end-of-options", Safe(commit))).Split('\0', 11);
        return new(f[0], f[1], f[2].Split(' ', StringSplitOptions.RemoveEmptyEntries), new(f[3], f[4]), At(f[5]), new(f[6], f[7]), At(f[8]), f[9], f[10].TrimEnd());
        static DateTimeOffset At(string seconds) => DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Whether a change is in <paramref name="target"/>, however it came there: as its commits, squashed (merging it again
    /// would change nothing), or picked one by one (same patch ids).
    /// </summary>
    public async Task<bool> PatchPresentAsync(string target, string commit, CancellationToken ct = default)
    {
        if (await IsAncestorAsync(commit, target, ct)) return true;
        if (await MergeBaseAsync(target, commit, ct) is null) return false;
        var again = await new MergeBuilder(mirror).MergeTreeAsync(target, commit, ct);
        if (again.Clean && again.Tree == await TreeOfAsync(target, ct)) return true;
        // "- <id>" is in target by patch id, "+ <id>" is not
        var lines = Lines(await Run(ct, "cherry", Safe(target), Safe(commit)));
        return lines.Length > 0 && lines.All(line => line.StartsWith('-'));
    }

    internal static string Safe(string name) => GitNames.Checked(GitNames.ValidateRef(name), name);

    static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    Task<string> Run(CancellationToken ct, params string[] arguments) => mirror.Git.RunAsync(mirror.Directory, arguments, ct);
}
