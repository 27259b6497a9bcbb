namespace ClaudeManage.Git;

/// <summary>
/// A bare repository on this machine that follows one origin. The origin's branches are kept under refs/remotes/origin/,
/// so no fetch ever touches what was made here: refs/heads/cm/… (worktrees) and refs/cm/… (checkpoints).
/// </summary>
/// <param name="directory">Absolute; its parent is created. Beside it lie "&lt;directory&gt;.lock" and, for moments, ".tmp-…".</param>
/// <param name="originUrl">As <see cref="GitUrl"/> allows.</param>
public sealed class Mirror(string directory, string originUrl, GitRunner git, TimeProvider? time = null)
{
    readonly TimeProvider time = time ?? TimeProvider.System;

    public string Directory { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));

    public string OriginUrl { get; } = GitNames.Checked(GitUrl.Validate(originUrl), originUrl);

    public GitRunner Git { get; } = git;

    /// <summary>Held while it may not be changed by others; in this process and, by a lock file, in others on this machine. Not re-entrant.</summary>
    public Task<IAsyncDisposable> LockAsync(CancellationToken ct = default) => MirrorLock.TakeAsync(Directory, time, ct);

    /// <summary>Makes the mirror when there is none, and sets its configuration right. Interrupted anywhere, the next call starts over; a damaged one is put aside, never deleted.</summary>
    /// <exception cref="GitException">The origin cannot be read; git's words.</exception>
    public async Task EnsureAsync(CancellationToken ct = default)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Directory)!);
        await using var held = await LockAsync(ct);
        // Under the lock, every temporary is what a crash left.
        foreach (var old in System.IO.Directory.GetDirectories(Path.GetDirectoryName(Directory)!, Path.GetFileName(Directory) + ".tmp-*"))
            System.IO.Directory.Delete(old, recursive: true);
        if (System.IO.Directory.Exists(Directory))
        {
            if (await IsRepositoryAsync(Directory, ct)) { RestoreConfig(); return; }
            // It may still hold objects of checkpoints, so a person decides about it.
            System.IO.Directory.Move(Directory, $"{Directory}.broken-{time.GetUtcNow():yyyyMMddHHmmssfff}");
        }
        var temporary = $"{Directory}.tmp-{Guid.NewGuid():N}";
        await Git.RunAsync(new GitCall(null, "init", "--quiet", "--bare", "--template=", "--", temporary), ct);
        MirrorConfig.Write(temporary, OriginUrl);
        await FetchIntoAsync(temporary, ct);
        System.IO.Directory.Move(temporary, Directory);
    }

    /// <summary>Brings refs/remotes/origin/* up to the origin; branches deleted there go here, tags are only added.</summary>
    public async Task FetchAsync(CancellationToken ct = default)
    {
        await using var held = await LockAsync(ct);
        RestoreConfig();
        await FetchIntoAsync(Directory, ct);
    }

    /// <summary>The commit a name stands for: an id, a full ref, or a branch (the origin's first, then a local one). Null when there is none.</summary>
    public async Task<string?> ResolveAsync(string name, CancellationToken ct = default)
    {
        if (GitNames.ValidateRef(name) is not null) return null;
        string[] candidates = GitNames.ValidateSha(name) is null || name.StartsWith("refs/", StringComparison.Ordinal) ? [name]
            : [$"refs/remotes/origin/{name}", $"refs/heads/{name}"];
        foreach (var candidate in candidates)
            if (await Git.TryAsync(new GitCall(Directory, "rev-parse", "--verify", "--quiet", "--end-of-options", candidate + "^{commit}"), ct) is { Ok: true } found)
                return found.StdOut.Trim();
        return null;
    }

    /// <summary>The commit of a full ref on the origin itself, now. Null when it does not exist.</summary>
    public async Task<string?> RemoteRefAsync(string fullRef, CancellationToken ct = default)
    {
        var answer = await Git.RunAsync(new GitCall(null, ["ls-remote", .. Remote.Read(OriginUrl), "--", OriginUrl, fullRef]) { Timeout = TimeSpan.FromMinutes(1) }, ct);
        return answer.Split('\n').Select(line => line.Split('\t')).FirstOrDefault(f => f.Length == 2 && f[1] == fullRef)?[0];
    }

    /// <summary>Moves one ref on the origin, only if it still is <paramref name="expectedOld"/> (null: only if it does not exist).</summary>
    public Task<PushResult> PushAsync(string commit, string remoteRef, string? expectedOld, CancellationToken ct = default) =>
        PushAsync([new(remoteRef, expectedOld, commit)], ct);

    /// <summary>Moves several refs, all or none, each only from its expected value. Safe to repeat: what already is as wanted counts as landed.</summary>
    public Task<PushResult> PushAsync(IReadOnlyList<RefUpdate> updates, CancellationToken ct = default) => new Pusher(this).PushAsync(updates, ct);

    /// <summary>Deletes a branch on the origin, only if it still is <paramref name="expected"/>. Landed also when it was gone.</summary>
    public Task<PushResult> DeleteRemoteBranchAsync(string branch, string expected, CancellationToken ct = default) =>
        PushAsync([new("refs/heads/" + GitNames.Checked(GitNames.ValidateBranch(branch), branch), expected, null)], ct);

    /// <summary>
    /// Drops loose objects that no ref, reflog, index or HEAD of a worktree has needed for two weeks. Nothing younger: what is being made right now is
    /// not referred to yet.
    /// </summary>
    public async Task PruneAsync(CancellationToken ct = default)
    {
        await using var held = await LockAsync(ct);
        await Git.RunAsync(new GitCall(Directory, "prune", "--expire=2.weeks.ago") { Timeout = TimeSpan.FromHours(1) }, ct);
    }

    internal TimeProvider Time => time;

    internal void RestoreConfig() => MirrorConfig.Write(Directory, OriginUrl);

    internal async Task<bool> IsRepositoryAsync(string path, CancellationToken ct) =>
        File.Exists(Path.Combine(path, "HEAD"))
        && await Git.TryAsync(new GitCall(path, "--git-dir=.", "rev-parse", "--is-bare-repository"), ct) is { Ok: true };

    async Task FetchIntoAsync(string path, CancellationToken ct)
    {
        try
        {
            await Git.RunAsync(new GitCall(path, ["fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-auto-maintenance",
                .. Remote.Read(OriginUrl), "--", OriginUrl, "+refs/heads/*:refs/remotes/origin/*"])
            { Timeout = GitCall.Network }, ct);
        }
        catch (GitException e) when (path != Directory)
        {
            System.IO.Directory.Delete(path, recursive: true);
            throw new GitException(e.Message, e.Result);
        }
    }
}
