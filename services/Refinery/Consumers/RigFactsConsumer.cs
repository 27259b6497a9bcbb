using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Consumers;

/// <summary>Keeps the copy of every rig: where its repository is, how its queue works.</summary>
sealed class RigFactsConsumer(RefineryDbContext db, QueueSignal signal) : RigFacts
{
    protected override async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await db.Rigs.SingleOrDefaultAsync(r => r.Id == rig.Id, ct);
        if (copy is null) db.Add(copy = new RigCopy { Id = rig.Id, Version = -1 });
        if (rig.Version <= copy.Version) return;
        (copy.Prefix, copy.GitUrl, copy.DefaultBranch, copy.State, copy.Merge, copy.Version) =
            (rig.Prefix, rig.GitUrl, rig.DefaultBranch, rig.State, rig.Settings.Merge ?? new MergeSettings(), rig.Version);
        signal.Changed(db);
    }
}
