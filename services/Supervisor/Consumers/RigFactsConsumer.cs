using ClaudeManage.Contracts.Work;
using ClaudeManage.Supervisor.Data;
using MassTransit;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Keeps the copies of rigs.</summary>
sealed class RigFactsConsumer(SupervisorDbContext db) :
    IConsumer<RigRegistered>, IConsumer<RigUpdated>, IConsumer<RigParked>, IConsumer<RigUnparked>, IConsumer<RigDocked>
{
    public Task Consume(ConsumeContext<RigRegistered> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigUpdated> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigParked> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigUnparked> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    public Task Consume(ConsumeContext<RigDocked> c) => ApplyAsync(c.Message.Rig, c.CancellationToken);

    Task ApplyAsync(RigSnapshot rig, CancellationToken ct) => db.KeepAsync(rig, ct);
}
