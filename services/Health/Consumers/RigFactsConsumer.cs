using ClaudeManage.Contracts.Work;
using ClaudeManage.Health.Data;
using ClaudeManage.Messaging;

namespace ClaudeManage.Health.Consumers;

/// <summary>How long a rig's agents may stand still, how many there may be, and whether it rests.</summary>
sealed class RigFactsConsumer(HealthDbContext db) : RigFacts
{
    protected override async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await db.Rigs.FindAsync([rig.Id], ct);
        if (copy is not null && copy.Version >= rig.Version) return;
        if (copy is null) db.Rigs.Add(copy = new RigCopy { Id = rig.Id });
        copy.StallAfterSeconds = rig.Settings.StallAfterSeconds;
        copy.Runtime = rig.Settings.Runtime;
        copy.MaxWorkers = rig.Settings.MaxWorkers;
        copy.Managed = rig.Settings.RuntimeOptions?.Command is { Count: > 0 };
        copy.Resting = rig.State != RigState.Active;
        copy.Version = rig.Version;
    }
}
