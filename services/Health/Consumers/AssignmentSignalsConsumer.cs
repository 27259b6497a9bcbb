using ClaudeManage.Contracts.Hook;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>Who holds a lease, and who lost one.</summary>
sealed class AssignmentSignalsConsumer(AgentWatch watch) :
    IConsumer<AgentRegistered>, IConsumer<LeaseGranted>, IConsumer<LeaseExpired>, IConsumer<LeaseReleased>,
    IConsumer<AssignmentCompleted>, IConsumer<AssignmentReleased>, IConsumer<AssignmentExhausted>, IConsumer<AssignmentParked>
{
    public async Task Consume(ConsumeContext<AgentRegistered> c) =>
        await watch.JudgeAsync(await watch.RowAsync(c.Message.Agent.Id, c.CancellationToken), c.CancellationToken);

    public async Task Consume(ConsumeContext<LeaseGranted> c)
    {
        var a = c.Message.Assignment;
        if (a.AgentId is null) return;
        var row = await watch.RowAsync(a.AgentId, c.CancellationToken);
        row.AssignmentId = a.Id;
        row.WorkItemId = a.WorkItemId;
        row.Fence = a.Fence;
        row.HasLease = true;
        row.NodeId = a.NodeId;
        row.LeaseAt = c.Message.Event.EmittedAt;
        row.Detail = null;
        await watch.JudgeAsync(row, c.CancellationToken);
    }

    public Task Consume(ConsumeContext<LeaseExpired> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, "the lease was not renewed", c.CancellationToken);

    public Task Consume(ConsumeContext<LeaseReleased> c) => EndAsync(c.Message.Assignment, null, c.Message.Reason, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentCompleted> c) => EndAsync(c.Message.Assignment, null, null, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentReleased> c) => EndAsync(c.Message.Assignment, null, c.Message.Reason, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentExhausted> c) => EndAsync(c.Message.Assignment, null, c.Message.Reason, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentParked> c) => EndAsync(c.Message.Assignment, null, null, c.CancellationToken);

    async Task EndAsync(AssignmentSnapshot a, DateTimeOffset? lostAt, string? detail, CancellationToken ct)
    {
        // Which agent it was is on its own row: a pool assignment may have left its hook by now.
        if (await watch.HolderAsync(a.Id, a.Fence, ct) is not { } row) return;
        row.HasLease = false;
        row.AssignmentId = null;
        row.WorkItemId = null;
        row.LeaseLostAt = lostAt;
        row.Detail = detail;
        await watch.JudgeAsync(row, ct);
    }
}
