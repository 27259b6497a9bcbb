using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Health.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>What waits on hooks, and whether anything could start it.</summary>
sealed class HookWatch(HealthDbContext db, IOptions<HealthOptions> options)
{
    /// <summary>Notes where an assignment is now. Returns the hooks whose queue changed; older facts change none.</summary>
    public async Task<IReadOnlyList<string>> MoveAsync(AssignmentSnapshot a, bool waiting, DateTimeOffset at, CancellationToken ct)
    {
        var entry = await db.HookEntries.FindAsync([a.Id], ct);
        if (entry is not null && entry.Revision > a.Revision) return [];
        if (entry is null)
        {
            if (!waiting) return [];
            db.HookEntries.Add(entry = new HookEntry { AssignmentId = a.Id, RigId = a.RigId, WorkItemId = a.WorkItemId });
        }
        // Waiting goes on where it waited already; else it begins with the fact, or when it may be started.
        var since = a.NotBefore > at ? a.NotBefore.Value : at;
        var before = entry.HookId;
        if (!entry.Waiting || before != a.HookId || a.NotBefore > at) entry.Since = since;
        (entry.HookId, entry.Waiting, entry.Revision, entry.ConvoyId) = (a.HookId, waiting, a.Revision, a.ConvoyId);
        if (a.State is AssignmentState.Released or AssignmentState.Exhausted || a.State == AssignmentState.Completed) db.HookEntries.Remove(entry);
        await db.SaveChangesAsync(ct);
        return [.. new[] { before, a.HookId }.Where(h => h.Length > 0).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Since when the oldest entry of a hook could be started; null when nothing waits.</summary>
    public Task<DateTimeOffset?> WaitingSinceAsync(string hookId, CancellationToken ct) =>
        db.HookEntries.Where(h => h.HookId == hookId && h.Waiting).MinAsync(h => (DateTimeOffset?)h.Since, ct);

    /// <summary>Why nobody can start what waits there; null when somebody could.</summary>
    public async Task<string?> WhyNotStartableAsync(AgentRow row, DateTimeOffset now, CancellationToken ct)
    {
        if (row.RigId is not { } rigId || await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == rigId, ct) is not { } rig) return null;
        if (rig.Resting) return "the rig rests";
        if (await IsStoppedAsync(row.AgentId, rigId, ct)) return "an emergency stop holds it";
        if (!rig.Managed || ActorAddress.RoleOf(row.AgentId) is not ("crew" or "polecats" or ActorAddress.PoolName)) return null;
        var scopes = new[] { "town", $"rig:{rigId}" };
        if (await db.Pauses.AnyAsync(p => p.Paused && scopes.Contains(p.Scope), ct)) return "its scheduler is paused";
        if (await db.Agents.CountAsync(a => a.RigId == rigId && a.HasLease, ct) >= rig.MaxWorkers) return "all workers of its rig are at work";
        var heard = now.AddSeconds(-options.Value.NodeSilentSeconds);
        var nodes = (await db.Nodes.AsNoTracking().Where(n => n.StoppedAt == null && n.HeardAt > heard).ToListAsync(ct))
            .Where(n => n.Snapshot.Rigs.Count == 0 || n.Snapshot.Rigs.Contains(rigId)).ToList();
        // No node at all is a reason to tell somebody.
        return nodes.Count > 0 && nodes.All(n => n.Live >= n.Snapshot.Slots) ? "all nodes are full" : null;
    }

    /// <summary>Everything that waits there is in the scope of an emergency stop.</summary>
    async Task<bool> IsStoppedAsync(string hookId, string rigId, CancellationToken ct)
    {
        var stops = await db.Pauses.Where(p => p.Paused && p.Scope.StartsWith(PauseCopy.StopPrefix)).Select(p => p.Scope).ToListAsync(ct);
        if (stops.Count == 0) return false;
        var scopes = stops.Select(s => s[PauseCopy.StopPrefix.Length..]).ToList();
        if (scopes.Any(s => StopScope.Holds(s, rigId, null))) return true;
        var convoys = scopes.Select(StopScope.ConvoyOf).OfType<string>().ToList();
        return !await db.HookEntries.AnyAsync(h => h.HookId == hookId && h.Waiting && (h.ConvoyId == null || !convoys.Contains(h.ConvoyId)), ct);
    }
}
