using System.Globalization;

namespace ClaudeManage.Git;

/// <summary>The outcome of putting two trees together.</summary>
/// <param name="Tree">Also set on a conflict (with markers in the files), then only good for showing.</param>
/// <param name="Messages">Git's words about what it did and could not do.</param>
public sealed record MergeTree(bool Clean, string Tree, IReadOnlyList<string> ConflictFiles, IReadOnlyList<string> Messages);

/// <param name="Parents">In order; the first is the line of landings.</param>
public sealed record CommitSpec(string Tree, IReadOnlyList<string> Parents, string Message, GitIdentity Author, DateTimeOffset AuthoredAt, GitIdentity Committer, DateTimeOffset CommittedAt);

/// <summary>A commit ready to be gated and landed, or why there is none. <paramref name="Commit"/> equals the target when there was nothing to add.</summary>
public sealed record Candidate(string? Commit, MergeTree? Conflict = null)
{
    public bool Ok => Commit is not null;
}

/// <summary>
/// Builds what would land, in the mirror, without a checkout. Objects only: no ref moves, so a candidate that is not
/// used costs nothing and undoes itself. The same inputs (dates included) give the same commit.
/// </summary>
public sealed class MergeBuilder(Mirror mirror)
{
    readonly History history = new(mirror);

    public async Task<MergeTree> MergeTreeAsync(string ours, string theirs, CancellationToken ct = default)
    {
        mirror.RestoreConfig();      // a merge driver is a program
        var call = new GitCall(mirror.Directory, "merge-tree", "--write-tree", "-z", "--name-only", "--messages", History.Safe(ours), History.Safe(theirs));
        var result = await mirror.Git.TryAsync(call, ct);
        return result is { Started: true, TimedOut: false, OutputTruncated: false, ExitCode: 0 or 1 } && result.StdOut.Length > 0
            ? Parse(result.StdOut, clean: result.ExitCode == 0) : throw GitRunner.Failure(call, result);
    }

    /// <exception cref="GitException">The tree or a parent does not exist.</exception>
    public async Task<string> CommitAsync(CommitSpec spec, CancellationToken ct = default)
    {
        var call = new GitCall(mirror.Directory, ["commit-tree", History.Safe(spec.Tree), .. spec.Parents.SelectMany(p => new[] { "-p", History.Safe(p) }), "-F", "-"])
        {
            Input = spec.Message.TrimEnd() + "\n",
            Environment = new Dictionary<string, string?>
            {
                ["GIT_AUTHOR_NAME"] = spec.Author.Name,
                ["GIT_AUTHOR_EMAIL"] = spec.Author.Email,
                ["GIT_AUTHOR_DATE"] = Date(spec.AuthoredAt),
                ["GIT_COMMITTER_NAME"] = spec.Committer.Name,
                ["GIT_COMMITTER_EMAIL"] = spec.Committer.Email,
                ["GIT_COMMITTER_DATE"] = Date(spec.CommittedAt),
            },
        };
        return (await mirror.Git.RunAsync(call, ct)).Trim();
        static string Date(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"@{at.ToUnixTimeSeconds()} +0000");
    }

    /// <summary>A merge commit with two parents, authored by the committer.</summary>
    public async Task<Candidate> MergeAsync(string target, string commit, string message, GitIdentity committer, DateTimeOffset at, CancellationToken ct = default)
    {
        if (await history.IsAncestorAsync(commit, target, ct)) return new(target);
        var merged = await MergeTreeAsync(target, commit, ct);
        return merged.Clean ? new(await CommitAsync(new(merged.Tree, [target, commit], message, committer, at, committer, at), ct)) : new(null, merged);
    }

    /// <summary>One commit with all changes, by the author of the branch's last commit.</summary>
    /// <param name="since">Only what changed after this one; by default where the branch left the target.</param>
    public async Task<Candidate> SquashAsync(string target, string commit, string message, GitIdentity committer, DateTimeOffset at, CancellationToken ct = default, string? since = null)
    {
        var merged = since is null ? await MergeTreeAsync(target, commit, ct) : await PickAsync(since, await history.TreeOfAsync(target, ct), await history.TreeOfAsync(commit, ct), ct);
        if (!merged.Clean) return new(null, merged);
        if (merged.Tree == await history.TreeOfAsync(target, ct)) return new(target);
        var last = await history.CommitAsync(commit, ct);
        return new(await CommitAsync(new(merged.Tree, [target], message, last.Author, last.AuthoredAt, committer, at), ct));
    }

    /// <summary>The branch's commits one by one on top of the target, authors and messages kept; merges and what is already there are left out.</summary>
    /// <param name="trailers">Added to each message, one "Key: value" a line.</param>
    public async Task<Candidate> RebaseAsync(string target, string commit, GitIdentity committer, DateTimeOffset at, string? trailers = null, CancellationToken ct = default)
    {
        var onto = target;
        foreach (var id in await history.CommitsAsync(target, commit, ct))
        {
            var one = await history.CommitAsync(id, ct);
            var picked = await PickAsync(one.Parents.FirstOrDefault(), await history.TreeOfAsync(onto, ct), one.Tree, ct);
            if (!picked.Clean) return new(null, picked);
            if (picked.Tree == await history.TreeOfAsync(onto, ct)) continue;
            var message = trailers is null ? one.Message : Trailers.Append(one.Message, trailers);
            onto = await CommitAsync(new(picked.Tree, [onto], message, one.Author, one.AuthoredAt, committer, at), ct);
        }
        return new(onto);
    }

    /// <summary>A commit that takes back <paramref name="commit"/> (a merge: all it brought to its first parent).</summary>
    /// <param name="since">Takes back all that came after this one; by default after the first parent.</param>
    public async Task<Candidate> RevertAsync(string target, string commit, string message, GitIdentity committer, DateTimeOffset at, CancellationToken ct = default, string? since = null)
    {
        since ??= (await history.CommitAsync(commit, ct)).Parents.FirstOrDefault() ?? throw new GitException($"{commit} has no parent to go back to");
        var undone = await PickAsync(commit, await history.TreeOfAsync(target, ct), await history.TreeOfAsync(since, ct), ct);
        if (!undone.Clean) return new(null, undone);
        if (undone.Tree == await history.TreeOfAsync(target, ct)) return new(target);
        return new(await CommitAsync(new(undone.Tree, [target], message, committer, at, committer, at), ct));
    }

    /// <summary>
    /// A three-way merge with a base of our choice. merge-tree has --merge-base only since git 2.40, so both sides are put
    /// into throw-away commits whose one parent is that base.
    /// </summary>
    async Task<MergeTree> PickAsync(string? baseCommit, string ourTree, string theirTree, CancellationToken ct)
    {
        var nobody = new GitIdentity("cm", "cm@localhost");
        Task<string> Temporary(string tree, params string[] parents) => CommitAsync(new(tree, parents, "pick", nobody, DateTimeOffset.UnixEpoch, nobody, DateTimeOffset.UnixEpoch), ct);
        baseCommit ??= await Temporary((await mirror.Git.RunAsync(new GitCall(mirror.Directory, "mktree") { Input = "" }, ct)).Trim());
        return await MergeTreeAsync(await Temporary(ourTree, baseCommit), await Temporary(theirTree, baseCommit), ct);
    }

    /// <summary>
    /// "tree NUL (file NUL)* NUL (count NUL path{count} NUL type NUL message NUL)*": the file list, and the NUL that ends it,
    /// only stand there on a conflict; without one the messages follow a single NUL.
    /// </summary>
    internal static MergeTree Parse(string output, bool clean)
    {
        var parts = output.Split('\0');
        var files = clean ? [] : parts.Skip(1).TakeWhile(p => p.Length > 0).Distinct().ToList();
        var messages = new List<string>();
        var at = clean ? 1 : 2 + parts.Skip(1).TakeWhile(p => p.Length > 0).Count();
        if (clean && at < parts.Length && parts[at].Length == 0) at++;
        while (at < parts.Length && int.TryParse(parts[at], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && at + count + 2 < parts.Length)
        {
            messages.Add(parts[at + count + 2].Trim());
            at += count + 3;
        }
        return new(clean, parts[0].Trim(), files, messages);
    }
}
