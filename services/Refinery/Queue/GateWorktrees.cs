using System.Collections.Concurrent;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Refinery.Queue;

/// <summary>
/// Checkouts in which gates run: detached at exactly one commit, reused for the next. A new commit begins with nothing
/// but its files; further gates of the same commit find what set-up and earlier gates left beside them.
/// </summary>
sealed class GateWorktrees(DataDirectory data, GitRunner git)
{
    readonly ConcurrentDictionary<string, Slot> _slots = new();

    /// <summary>A free checkout of the rig at the commit. Dispose gives it back.</summary>
    public async Task<GateWorktree> TakeAsync(Mirror mirror, string rigId, string commit, CancellationToken ct)
    {
        var slot = Free(rigId, commit);
        try
        {
            // A gate can write to the mirror's configuration; this sets it right before git reads it.
            await mirror.EnsureAsync(ct);
            var prepared = slot.Commit == commit;
            if (!prepared) slot.Commit = null;
            if (!await CheckOutAsync(mirror, slot, commit, clean: !prepared, ct))
            {
                prepared = false;
                await AddAsync(mirror, slot, commit, ct);
            }
            return new GateWorktree(slot, commit, prepared);
        }
        catch
        {
            slot.Free();
            throw;
        }
    }

    Slot Free(string rigId, string commit)
    {
        lock (_slots)
        {
            var mine = _slots.Values.Where(s => s.RigId == rigId).ToList();
            var slot = mine.Find(s => !s.Taken && s.Commit == commit) ?? mine.Find(s => !s.Taken);
            if (slot is null)
            {
                var name = $"gate-{mine.Count}";
                slot = _slots.GetOrAdd($"{rigId}/{name}", _ => new Slot(rigId, Path.Combine(data.For("refinery", "worktrees", rigId), name)));
            }
            slot.Take();
            return slot;
        }
    }

    async Task<bool> CheckOutAsync(Mirror mirror, Slot slot, string commit, bool clean, CancellationToken ct)
    {
        // What a gate wrote there could lead git to another repository, with other configuration.
        var link = Path.Combine(slot.Path, ".git");
        var admin = Path.Combine(mirror.Directory, "worktrees", Path.GetFileName(slot.Path));
        if (!File.Exists(link) || File.ResolveLinkTarget(link, false) is not null || (await File.ReadAllTextAsync(link, ct)).Trim() != "gitdir: " + admin) return false;
        if (!(await git.TryAsync(new GitCall(slot.Path, "checkout", "--quiet", "--force", "--force", "--detach", commit) { Timeout = TimeSpan.FromMinutes(10) }, ct)).Ok) return false;
        return !clean || (await git.TryAsync(new GitCall(slot.Path, "clean", "--quiet", "-ffdx") { Timeout = TimeSpan.FromMinutes(10) }, ct)).Ok;
    }

    async Task AddAsync(Mirror mirror, Slot slot, string commit, CancellationToken ct)
    {
        await using var held = await mirror.LockAsync(ct);
        if (Directory.Exists(slot.Path)) Directory.Delete(slot.Path, recursive: true);
        else if (File.Exists(slot.Path)) File.Delete(slot.Path);
        await git.RunAsync(new GitCall(mirror.Directory, "worktree", "prune"), ct);
        // Twice: of an add that was killed half-way the name stays, locked, and pruning leaves it.
        await git.RunAsync(new GitCall(mirror.Directory, "worktree", "add", "--quiet", "--force", "--force", "--detach", "--", slot.Path, commit) { Timeout = TimeSpan.FromMinutes(10) }, ct);
    }
}

/// <summary>One place for a checkout.</summary>
sealed class Slot(string rigId, string path)
{
    public string RigId => rigId;
    public string Path => path;

    /// <summary>What it was prepared for, set-up included.</summary>
    public string? Commit { get; set; }

    public bool Taken { get; private set; }

    public void Take() => Taken = true;

    public void Free() => Taken = false;
}

/// <param name="Prepared">Set-up was done here for this commit already.</param>
sealed record GateWorktree(Slot Slot, string Commit, bool Prepared) : IDisposable
{
    public string Path => Slot.Path;

    /// <summary>Set-up is done.</summary>
    public void Keep() => Slot.Commit = Commit;

    public void Dispose() => Slot.Free();
}
