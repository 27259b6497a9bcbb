using ClaudeManage.Contracts.Work;
using ClaudeManage.Health.Data;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>How long a rig's agents may stand still, how many there may be, and whether it rests.</summary>
sealed class RigFactsConsumer(HealthDbContext db) : IConsumer<RigRegistered>, IConsumer<RigUpdated>, IConsumer<RigParked>, IConsumer<RigUnparked>, IConsumer<RigDocked>
{
    public Task Consume(ConsumeContext<RigRegistered> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigUpdated> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigParked> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigUnparked> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigDocked> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    async Task ApplyAsync(RigSnapshot rig, CancellationToken ct)
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
