using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Dispatch;
using ClaudeManage.Hook.Features.Hooks;
using ClaudeManage.Messaging;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Consumers;

/// <summary>Keeps the copies of rigs. New settings reach what is queued already.</summary>
sealed class RigFactsConsumer(HookDbContext db, AssignmentFlow flow, Starts starts, HookSignals signals) : RigFacts
{
    protected override async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await db.Rigs.FindAsync([rig.Id], ct);
        if (copy is not null && copy.Version >= rig.Version) return;
        var isNew = copy is null;
        if (copy is null) db.Rigs.Add(copy = new RigCopy { Id = rig.Id });
        copy.Snapshot = rig;
        copy.Version = rig.Version;
        db.AfterCommit(signals.Scheduler.Pulse);
        if (isNew) return;
        await AdoptAsync(copy, ct);
        // An operator changed the rig: whatever failed to start before is worth another try.
        await starts.CloseCircuitsAsync(rig.Id, ct);
    }

    async Task AdoptAsync(RigCopy rig, CancellationToken ct)
    {
        var live = await db.Live.Where(a => a.RigId == rig.Id).ToListAsync(ct);
        foreach (var row in live)
        {
            row.SupervisedSeconds = rig.Snapshot.Settings.LeaseSeconds;
            row.BareSeconds = rig.Snapshot.Settings.ClaimLeaseSeconds;
            var managed = rig.Runs(row.HomeHookId, row.Run);
            if (managed == row.Managed) continue;
            if (!managed) await flow.EndDispatchAsync(row, ct);
            row.Managed = managed;
            if (managed && row is { State: AssignmentState.Queued, Held: false }) await flow.RequestDispatchAsync(row, ct);
        }
    }
}
