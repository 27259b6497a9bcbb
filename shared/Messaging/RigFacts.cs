using ClaudeManage.Contracts.Work;
using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>A service's copy of the rigs: every event about one carries all of it, and says the same to whoever keeps a copy.</summary>
public abstract class RigFacts : IConsumer<RigRegistered>, IConsumer<RigUpdated>, IConsumer<RigParked>, IConsumer<RigUnparked>, IConsumer<RigDocked>
{
    /// <inheritdoc />
    public Task Consume(ConsumeContext<RigRegistered> c) => KeepAsync(c.Message.Rig, c.CancellationToken);

    /// <inheritdoc />
    public Task Consume(ConsumeContext<RigUpdated> c) => KeepAsync(c.Message.Rig, c.CancellationToken);

    /// <inheritdoc />
    public Task Consume(ConsumeContext<RigParked> c) => KeepAsync(c.Message.Rig, c.CancellationToken);

    /// <inheritdoc />
    public Task Consume(ConsumeContext<RigUnparked> c) => KeepAsync(c.Message.Rig, c.CancellationToken);

    /// <inheritdoc />
    public Task Consume(ConsumeContext<RigDocked> c) => KeepAsync(c.Message.Rig, c.CancellationToken);

    /// <summary>Keeps it, unless what is kept already is as new.</summary>
    protected abstract Task KeepAsync(RigSnapshot rig, CancellationToken ct);
}
