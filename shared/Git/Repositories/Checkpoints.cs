using System.Globalization;

namespace ClaudeManage.Git;

/// <summary>
/// Keeps everything in a worktree that the origin lacks: commits, staged, changed and new files (ignored ones not) and
/// stashes. A checkpoint is one commit under refs/cm/checkpoints/&lt;item&gt;/&lt;fence&gt;/&lt;n&gt; in the mirror: its tree is the
/// files as they were, its parents all the history behind them, its trailers say which is which.
/// </summary>
public sealed class Checkpoints(Mirror mirror)
{
    internal const string Root = "refs/cm/checkpoints/";
    static readonly GitIdentity Saver = new("ClaudeManage", "checkpoint@claudemanage.invalid");

    readonly History history = new(mirror);

    /// <summary>Saves without touching the worktree or its index; works in the middle of a merge or rebase, with the .git file damaged, with the directory deleted. Saving the same state again gives the same checkpoint.</summary>
    /// <exception cref="GitException">It could not be saved; the worktree must then not be reset or removed.</exception>
    public async Task<CheckpointResult> SaveAsync(string worktree, CheckpointKey key, CancellationToken ct = default)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(worktree));
        var snapshot = await new SnapshotTaker(mirror, path).TakeAsync(key, ct);
        if (await NothingToSaveAsync(snapshot, ct)) return new(false, null, null, "nothing here that the origin lacks", snapshot.Warnings);
        var latest = (await ListAsync(key.Item, ct)).Where(c => c.Fence == key.Fence).MaxBy(c => c.Number);
        var (parents, message) = await DescribeAsync(snapshot, key, ct);
        if (latest is not null && await SameAsync(latest, snapshot.Tree, parents, message, ct))
            return new(true, latest.Ref, latest.Commit, "already saved", snapshot.Warnings);

        var now = mirror.Time.GetUtcNow();
        var commit = await new MergeBuilder(mirror).CommitAsync(new(snapshot.Tree, parents, message, Saver, now, Saver, now), ct);
        for (var n = (latest?.Number ?? 0) + 1; ; n++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{key.RefPrefix}{n}");
            // Create only: another saver may have taken the number, and no checkpoint is ever overwritten.
            var call = new GitCall(mirror.Directory, "update-ref", name, commit, new string('0', commit.Length));
            var written = await mirror.Git.TryAsync(call, ct);
            if (!written.Ok && await mirror.ResolveAsync(name, ct) is null) throw GitRunner.Failure(call, written);
            if (!written.Ok) continue;
            await ProveAsync(name, commit, ct);
            return new(true, name, commit, "saved", snapshot.Warnings);
        }
    }

    /// <summary>True when a save would find something the origin lacks and no checkpoint of this key holds yet.</summary>
    public async Task<bool> RequiresSavingAsync(string worktree, CheckpointKey key, CancellationToken ct = default)
    {
        var snapshot = await new SnapshotTaker(mirror, Path.TrimEndingDirectorySeparator(Path.GetFullPath(worktree))).TakeAsync(key, ct);
        if (await NothingToSaveAsync(snapshot, ct)) return false;
        var latest = (await ListAsync(key.Item, ct)).Where(c => c.Fence == key.Fence).MaxBy(c => c.Number);
        var (parents, message) = await DescribeAsync(snapshot, key, ct);
        return latest is null || !await SameAsync(latest, snapshot.Tree, parents, message, ct);
    }

    /// <summary>Oldest first within a fence. Null: of all items.</summary>
    public async Task<IReadOnlyList<CheckpointInfo>> ListAsync(string? item = null, CancellationToken ct = default)
    {
        var under = item is null ? Root : Root + GitNames.Checked(GitNames.ValidatePart(item), item) + "/";
        var lines = await mirror.Git.RunAsync(mirror.Directory, ["for-each-ref", "--format=%(refname)%09%(objectname)%09%(committerdate:unix)", under], ct);
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read).OfType<CheckpointInfo>().OrderBy(c => c.Item, StringComparer.Ordinal).ThenBy(c => c.Fence).ThenBy(c => c.Number)];
    }

    /// <summary>
    /// Makes a worktree look as it did: its branch at the saved HEAD, the files as they were, staged what was staged, stashes
    /// back in the list. What is in the worktree now is saved first, under <paramref name="present"/>.
    /// </summary>
    public async Task<CheckpointResult> RestoreAsync(string checkpointRef, string worktree, CheckpointKey present, CancellationToken ct = default)
    {
        if (!checkpointRef.StartsWith(Root, StringComparison.Ordinal) || await mirror.ResolveAsync(checkpointRef, ct) is not { } commit)
            throw new GitException($"there is no checkpoint {checkpointRef}");
        if (WorktreeAdmin.Find(mirror, worktree) is not { } admin || !WorktreeAdmin.PointsTo(worktree, admin))
            throw new GitException($"{worktree} is not a worktree of this mirror");
        var before = await SaveAsync(worktree, present, ct);
        var info = await history.CommitAsync(commit, ct);
        string? One(string key) => Trailers.Read(info.Message, key).FirstOrDefault();
        var head = One("Head") ?? throw new GitException($"{checkpointRef} was saved without a commit to stand on; its files are in {commit}");
        Task<string> Run(params string[] arguments) => mirror.Git.RunAsync(new GitCall(worktree, arguments) { Timeout = TimeSpan.FromMinutes(10) }, ct);
        await Run("reset", "--hard", "--quiet", head);
        await Run("clean", "-ffd", "--quiet");
        await Run("read-tree", "--reset", "-u", commit);
        await Run("read-tree", One("Index") ?? head);
        // Only refreshes what the index knows of file times; its exit code says that files differ, which they may.
        await mirror.Git.TryAsync(new GitCall(worktree, "update-index", "-q", "--refresh"), ct);
        var listed = (await mirror.Git.TryAsync(new GitCall(worktree, "log", "--walk-reflogs", "--format=%H", "refs/stash", "--"), ct)).StdOut;
        foreach (var stash in Trailers.Read(info.Message, "Stash").Reverse().Where(s => !listed.Contains(s, StringComparison.Ordinal)))
            await Run("stash", "store", "-m", (await history.CommitAsync(stash, ct)).Subject, stash);
        return before;
    }

    /// <summary>Removes checkpoints, all or none, only while they hold what was listed; and what nothing else in the mirror needs any more.</summary>
    public async Task ForgetAsync(IReadOnlyList<CheckpointInfo> old, CancellationToken ct = default)
    {
        if (old.Count == 0) return;
        var input = string.Concat(old.Select(c => $"delete {c.Ref} {c.Commit}\n"));
        await mirror.Git.RunAsync(new GitCall(mirror.Directory, "update-ref", "--stdin") { Input = input }, ct);
        await mirror.PruneAsync(ct);
    }

    async Task<bool> NothingToSaveAsync(Snapshot s, CancellationToken ct)
    {
        if (s.FilesDiffer || s.Index is not null) return false;
        foreach (var commit in s.Stashes.Concat(s.Extra).Append(s.Head).OfType<string>())
            if ((await mirror.Git.RunAsync(mirror.Directory, ["rev-list", "--max-count=1", commit, "--not", "--remotes=origin", "--"], ct)).Length > 0)
                return false;
        return true;
    }

    async Task<(string[] Parents, string Message)> DescribeAsync(Snapshot s, CheckpointKey key, CancellationToken ct)
    {
        var lines = new List<string> { $"Work-Item: {key.Item}", $"Fence: {key.Fence}" };
        var parents = new List<string>();
        if (s.Head is not null) { parents.Add(s.Head); lines.Add($"Head: {s.Head}"); }
        if (s.Index is not null)
        {
            // Dated like HEAD, so that the same state is the same commit.
            var at = s.Head is null ? DateTimeOffset.UnixEpoch : (await history.CommitAsync(s.Head, ct)).CommittedAt;
            var index = await new MergeBuilder(mirror).CommitAsync(new(s.Index, [.. parents], "staged", Saver, at, Saver, at), ct);
            parents.Add(index);
            lines.Add($"Index: {index}");
        }
        lines.AddRange(s.Stashes.Select(stash => $"Stash: {stash}"));
        parents.AddRange(s.Stashes.Concat(s.Extra));
        return ([.. parents.Distinct()], $"Checkpoint of {key.Item}\n\n{string.Join('\n', lines)}");
    }

    async Task<bool> SameAsync(CheckpointInfo latest, string tree, string[] parents, string message, CancellationToken ct)
    {
        var info = await history.CommitAsync(latest.Commit, ct);
        return info.Tree == tree && info.Parents.SequenceEqual(parents) && info.Message == message;
    }

    /// <summary>The ref is read back and everything behind it walked: a full disk or a lost object shows here, while the worktree still exists.</summary>
    async Task ProveAsync(string name, string commit, CancellationToken ct)
    {
        if (await mirror.ResolveAsync(name, ct) != commit) throw new GitException($"{name} does not hold {commit} after it was written");
        await mirror.Git.RunAsync(new GitCall(mirror.Directory, "rev-list", "--objects", "--quiet", commit, "--not", "--remotes=origin", "--") { Timeout = TimeSpan.FromMinutes(10) }, ct);
    }

    static CheckpointInfo? Read(string line)
    {
        var f = line.Split('\t');
        return f[0][Root.Length..].Split('/') is [var item, var fence, var n]
            && long.TryParse(fence, NumberStyles.None, CultureInfo.InvariantCulture, out var fenceNo) && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(f[0], f[1], item, fenceNo, number, DateTimeOffset.FromUnixTimeSeconds(long.Parse(f[2], CultureInfo.InvariantCulture))) : null;
    }
}
