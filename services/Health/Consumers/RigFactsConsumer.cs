using ClaudeManage.Contracts.Work;
using ClaudeManage.Health.Data;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>How long a rig's agents may stand still.</summary>
sealed class RigFactsConsumer(HealthDbContext db) : IConsumer<RigRegistered>, IConsumer<RigUpdated>
{
    public Task Consume(ConsumeContext<RigRegistered> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigUpdated> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    async Task ApplyAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await db.Rigs.FindAsync([rig.Id], ct);
        if (copy is not null && copy.Version >= rig.Version) return;
        if (copy is null) db.Rigs.Add(copy = new RigCopy { Id = rig.Id });
        copy.StallAfterSeconds = rig.Settings.StallAfterSeconds;
        copy.Version = rig.Version;
    }
}
