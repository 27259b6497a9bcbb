using ClaudeManage.Contracts.Work;
using ClaudeManage.Workflow.Data;
using MassTransit;

namespace ClaudeManage.Workflow.Consumers;

/// <summary>Keeps the copies of rigs.</summary>
sealed class RigFactsConsumer(WorkflowDbContext db) : IConsumer<RigRegistered>, IConsumer<RigUpdated>, IConsumer<RigParked>, IConsumer<RigUnparked>, IConsumer<RigDocked>
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
        (copy.Prefix, copy.State, copy.Version) = (rig.Prefix, rig.State, rig.Version);
    }
}
