using ClaudeManage.Contracts.Hook;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Consumers;

/// <summary>Who holds a lease, who lost one, and what waits on which hook.</summary>
sealed class AssignmentSignalsConsumer(AgentWatch watch, HookWatch hooks, HealthDbContext db) :
    IConsumer<AgentRegistered>, IConsumer<AgentRetired>, IConsumer<AssignmentQueued>, IConsumer<AssignmentDispatched>, IConsumer<LeaseGranted>, IConsumer<LeaseExpired>, IConsumer<LeaseReleased>,
    IConsumer<AssignmentCompleted>, IConsumer<AssignmentReleased>, IConsumer<AssignmentExhausted>, IConsumer<AssignmentParked>, IConsumer<HandoffCreated>
{
    public async Task Consume(ConsumeContext<AgentRegistered> c) =>
        await watch.JudgeAsync(await watch.RowAsync(c.Message.Agent.Id, c.CancellationToken), c.CancellationToken);

    public async Task Consume(ConsumeContext<AgentRetired> c)
    {
        var row = await watch.RowAsync(c.Message.Agent.Id, c.CancellationToken);
        row.Retired = true;
        await watch.JudgeAsync(row, c.CancellationToken);
    }

    public Task Consume(ConsumeContext<AssignmentQueued> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, false, null, waiting: true, c.CancellationToken);

    // On its way to a node: still nobody has it.
    public Task Consume(ConsumeContext<AssignmentDispatched> c) => WaitAsync(c.Message.Assignment, c.Message.Event.EmittedAt, true, c.CancellationToken);

    public async Task Consume(ConsumeContext<LeaseGranted> c)
    {
        var (a, at) = (c.Message.Assignment, c.Message.Event.EmittedAt);
        await WaitAsync(a, at, false, c.CancellationToken);
        if (a.AgentId is null) return;
        var row = await watch.RowAsync(a.AgentId, c.CancellationToken);
        if (row.AssignmentId == a.Id && row.Fence > a.Fence) return;
        row.Grant(a.Id, a.WorkItemId, a.Fence, a.NodeId, at);
        await watch.JudgeAsync(row, c.CancellationToken);
    }

    public Task Consume(ConsumeContext<LeaseExpired> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, true, "the lease was not renewed", waiting: true, c.CancellationToken);

    public Task Consume(ConsumeContext<LeaseReleased> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, false, c.Message.Reason, waiting: true, c.CancellationToken);

    // Also the answer to a failed attempt; then the assignment is queued right after it.
    public Task Consume(ConsumeContext<AssignmentCompleted> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, false, null, waiting: false, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentReleased> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, false, c.Message.Reason, waiting: false, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentExhausted> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, false, c.Message.Reason, waiting: false, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentParked> c) => EndAsync(c.Message.Assignment, c.Message.Event.EmittedAt, false, null, waiting: false, c.CancellationToken);

    // The lease ends with it; its assignment's own event may come later or earlier.
    public async Task Consume(ConsumeContext<HandoffCreated> c)
    {
        var h = c.Message.Handoff;
        var row = await watch.RowAsync(h.FromAgentId, c.CancellationToken);
        if (row.AssignmentId != h.AssignmentId || row.LeaseAt > c.Message.Event.EmittedAt) return;
        row.EndLease(c.Message.Event.EmittedAt, false, h.Reason);
        await watch.JudgeAsync(row, c.CancellationToken);
    }

    async Task EndAsync(AssignmentSnapshot a, DateTimeOffset at, bool lost, string? detail, bool waiting, CancellationToken ct)
    {
        await WaitAsync(a, at, waiting, ct);
        if (a.State is AssignmentState.Completed or AssignmentState.Released or AssignmentState.Exhausted && await db.Cases.FindAsync([a.Id], ct) is { } over) db.Cases.Remove(over);
        // Which agent it was is on its own row: a pool assignment may have left its hook by now.
        if (await watch.HolderAsync(a.Id, a.Fence, ct) is not { } row) return;
        row.EndLease(at, lost, detail);
        await watch.JudgeAsync(row, ct);
    }

    async Task WaitAsync(AssignmentSnapshot a, DateTimeOffset at, bool waiting, CancellationToken ct)
    {
        foreach (var hook in await hooks.MoveAsync(a, waiting, at, ct))
        {
            var row = await watch.RowAsync(hook, ct);
            row.WaitingSince = await hooks.WaitingSinceAsync(hook, ct);
            await watch.JudgeAsync(row, ct);
        }
    }
}
