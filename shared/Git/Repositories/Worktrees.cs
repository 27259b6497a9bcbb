namespace ClaudeManage.Git;

/// <param name="Name">Place below the root, like "polecats/toast"; kept across assignments.</param>
/// <param name="Key">Decides the branch: cm/&lt;item&gt;/&lt;fence&gt;.</param>
/// <param name="BaseCommit">Where a new branch begins. A branch that exists already (a repeated start) is taken up as it is.</param>
public sealed record WorktreeRequest(string Name, CheckpointKey Key, string BaseCommit);

/// <param name="Refusal">Why there is none; then nothing was changed.</param>
/// <param name="Reused">The directory was there and went on being used, with its ignored files (build caches).</param>
/// <param name="Checkpoint">Where what the previous owner left was saved.</param>
/// <param name="Steps">What was done, for the record.</param>
public sealed record WorktreeResult(string? Refusal, string Path, string Branch, string Head, bool Reused, CheckpointResult? Checkpoint, IReadOnlyList<string> Steps)
{
    public bool Ok => Refusal is null;
}

public sealed record WorktreeInfo(string Path, string Head, string? Branch, bool Exists, CheckpointKey? Owner);

/// <summary>
/// Checkouts for agents and gates, all below one root. Nothing is reset or removed before <see cref="Checkpoints"/> has
/// saved what the origin lacks, and never while a process still works there.
/// </summary>
public sealed class Worktrees(Mirror mirror, string root)
{
    readonly WorktreeRoot root = new(root);
    readonly Checkpoints checkpoints = new(mirror);

    public string Root => root.Real;

    /// <summary>Makes it, or makes an existing one fit: saved, repaired when damaged, clean, on its own branch.</summary>
    /// <exception cref="GitException">git failed, or what is there could not be saved; it is still there then.</exception>
    public async Task<WorktreeResult> AddAsync(WorktreeRequest request, CancellationToken ct = default)
    {
        var path = root.PathOf(request.Name);
        var branch = request.Key.Branch;
        WorktreeResult No(string reason) => new(reason, path, branch, "", false, null, []);
        if (await mirror.ResolveAsync(request.BaseCommit, ct) is not { } baseCommit) return No($"the mirror has no commit {request.BaseCommit}");
        await using var held = await mirror.LockAsync(ct);
        if (ProcessTable.WorkingIn(path) is { Count: > 0 } busy) return No($"process {busy[0]} still works in {path}");
        if ((await ListAsync(ct)).FirstOrDefault(w => w.Branch == branch && w.Path != path) is { Exists: true } other) return No($"{branch} is checked out in {other.Path}");

        mirror.RestoreConfig();
        var steps = new List<string>();
        CheckpointResult? saved = null;
        var admin = WorktreeAdmin.Find(mirror, path);
        var fit = admin is not null && WorktreeAdmin.PointsTo(path, admin);
        if (admin is not null || Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            var owner = (admin is null ? null : WorktreeAdmin.Owner(admin)) ?? CheckpointKey.Unowned;
            saved = await checkpoints.SaveAsync(path, owner, ct);
            steps.Add($"saved {owner.Item}/{owner.Fence}: {saved.Reason}");
        }
        var start = await mirror.ResolveAsync("refs/heads/" + branch, ct) is null ? new[] { "-b", branch, baseCommit } : [branch];
        if (fit)
        {
            ClearLocks(admin!, steps);
            var broken = await SwitchAsync(path, start, ct);
            fit = broken is null;
            steps.Add(broken is null ? "reused" : $"not usable any more: {broken}");
        }
        if (!fit)
        {
            await DropAsync(path, admin, steps, ct);
            var begin = await mirror.ResolveAsync("refs/heads/" + branch, ct) is null ? start : [branch];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            string[] arguments = begin is ["-b", _, var from] ? ["worktree", "add", "--quiet", "--no-track", "-b", branch, "--", path, from] : ["worktree", "add", "--quiet", "--", path, branch];
            await mirror.Git.RunAsync(new GitCall(mirror.Directory, arguments) { Timeout = GitCall.Network }, ct);
            steps.Add("added");
        }
        WorktreeAdmin.SetOwner(WorktreeAdmin.Find(mirror, path) ?? throw new GitException($"git did not register {path}"), request.Key);
        var head = (await mirror.Git.RunAsync(path, ["rev-parse", "HEAD"], ct)).Trim();
        return new(null, path, branch, head, fit, saved, steps);
    }

    /// <summary>Saves what is in it, then removes it. Its branch stays. Removing what is not there is fine.</summary>
    public async Task<WorktreeResult> RemoveAsync(string name, CancellationToken ct = default)
    {
        var path = root.PathOf(name);
        await using var held = await mirror.LockAsync(ct);
        var admin = WorktreeAdmin.Find(mirror, path);
        var owner = (admin is null ? null : WorktreeAdmin.Owner(admin)) ?? CheckpointKey.Unowned;
        if (ProcessTable.WorkingIn(path) is { Count: > 0 } busy) return new($"process {busy[0]} still works in {path}", path, owner.Branch, "", false, null, []);
        if (admin is null && !Directory.Exists(path)) return new(null, path, owner.Branch, "", false, null, ["was not there"]);
        var saved = await checkpoints.SaveAsync(path, owner, ct);
        var steps = new List<string> { $"saved {owner.Item}/{owner.Fence}: {saved.Reason}" };
        await DropAsync(path, admin, steps, ct);
        return new(null, path, owner.Branch, "", false, saved, steps);
    }

    /// <summary>All worktrees the mirror knows, also those whose directory is gone.</summary>
    public async Task<IReadOnlyList<WorktreeInfo>> ListAsync(CancellationToken ct = default)
    {
        // "worktree <path> NUL HEAD <id> NUL branch <ref> NUL NUL", the mirror itself with "bare"
        var list = new List<WorktreeInfo>();
        foreach (var entry in (await mirror.Git.RunAsync(mirror.Directory, ["worktree", "list", "--porcelain", "-z"], ct)).Split("\0\0", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = entry.Split('\0').Select(f => f.Split(' ', 2)).ToLookup(f => f[0], f => f.ElementAtOrDefault(1) ?? "");
            if (fields.Contains("bare") || fields["worktree"].FirstOrDefault() is not { } path) continue;
            var branch = fields["branch"].FirstOrDefault();
            list.Add(new(path, fields["HEAD"].FirstOrDefault() ?? "", branch?.Replace("refs/heads/", "", StringComparison.Ordinal), Directory.Exists(path),
                WorktreeAdmin.Find(mirror, path) is { } admin ? WorktreeAdmin.Owner(admin) : null));
        }
        return list;
    }

    /// <summary>Everything was saved before; null when it is now clean on the branch, else git's words.</summary>
    async Task<string?> SwitchAsync(string path, string[] start, CancellationToken ct)
    {
        string[][] commands = [["reset", "--hard", "--quiet"], ["clean", "-ffd", "--quiet"],
            ["checkout", "--quiet", "--force", .. start is ["-b", var b, var from] ? new[] { "--no-track", "-b", b, from, "--" } : [start[0], "--"]]];
        // An unfinished merge or rebase would come back at the next commit.
        foreach (var verb in new[] { "merge", "rebase", "cherry-pick", "revert", "am" }) await mirror.Git.TryAsync(new GitCall(path, verb, "--quit"), ct);
        foreach (var command in commands)
            if (await mirror.Git.TryAsync(new GitCall(path, command) { Timeout = TimeSpan.FromMinutes(10) }, ct) is { Ok: false } failed)
                return GitRunner.Words(failed);
        var status = await mirror.Git.TryAsync(new GitCall(path, "status", "--porcelain", "-z", "--untracked-files=all"), ct);
        return status is { Ok: true, StdOut: "" } ? null : $"not clean after reset: {GitRunner.Words(status)}";
    }

    async Task DropAsync(string path, string? admin, List<string> steps, CancellationToken ct)
    {
        // Not "worktree prune": that would also forget other worktrees whose directory is gone, unsaved.
        if (admin is not null)
        {
            var removed = await mirror.Git.TryAsync(new GitCall(mirror.Directory, "worktree", "remove", "--force", "--force", "--", path), ct);
            if (!removed.Ok && Directory.Exists(admin)) Directory.Delete(admin, recursive: true);
            steps.Add("unregistered");
        }
        if (!Directory.Exists(path)) return;
        Directory.Delete(path, recursive: true);      // does not follow links
        steps.Add("directory removed");
    }

    /// <summary>No process works there (checked before), so a lock is what a killed git left.</summary>
    static void ClearLocks(string admin, List<string> steps)
    {
        foreach (var stale in new[] { "index.lock", "HEAD.lock", "locked" }.Select(name => Path.Combine(admin, name)).Where(File.Exists))
        {
            File.Delete(stale);
            steps.Add($"removed a stale {Path.GetFileName(stale)}");
        }
    }
}
