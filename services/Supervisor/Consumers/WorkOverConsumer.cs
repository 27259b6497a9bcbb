using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Running;
using MassTransit;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Ends the sessions whose work is over without them, and lets those finish whose own completion was taken.</summary>
sealed class WorkOverConsumer(SupervisorDbContext db, SessionStopper stopper, SessionRegistry registry) :
    IConsumer<WorkItemClosed>, IConsumer<WorkItemTrashed>, IConsumer<AssignmentReleased>, IConsumer<AssignmentCompleted>
{
    public Task Consume(ConsumeContext<WorkItemClosed> c)
    {
        var item = c.Message.Item;
        // Closed by the session's own completion: not a reason to interrupt its last words.
        var own = item.Outcome?.Fence;
        var kind = item.Outcome?.Kind.ToString().ToLowerInvariant() ?? "closed";
        return StopAsync(item, own, $"Its work item was closed ({kind}) by {c.Message.Event.Actor}.", c.CancellationToken);
    }

    public Task Consume(ConsumeContext<WorkItemTrashed> c) =>
        StopAsync(c.Message.Item, null, $"Its work item was moved to the trash by {c.Message.Event.Actor}.", c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentReleased> c)
    {
        var (id, fence) = (c.Message.Assignment.Id, c.Message.Assignment.Fence);
        // A newer lease of the same assignment would have a newer fence.
        return stopper.RequestAsync(row => row.AssignmentId == id && row.Fence <= fence,
            new Ending(EndKind.ItemClosed, $"Its assignment was taken off the hook: {c.Message.Reason}"), c.CancellationToken);
    }

    public Task Consume(ConsumeContext<AssignmentCompleted> c)
    {
        var done = c.Message.Assignment;
        db.AfterCommit(() =>
        {
            foreach (var session in registry.All.Where(s => s.AssignmentId == done.Id && s.Fence > 0 && s.Fence == done.Result?.Fence)) session.Accept();
        });
        return Task.CompletedTask;
    }

    // A session with a newer fence began after the item was opened again. One whose fence Work had not heard of when it
    // closed the item is ended by the assignment's release.
    Task StopAsync(WorkItemSnapshot item, long? ownFence, string reason, CancellationToken ct)
    {
        var (id, fence) = (item.Id, item.Fence);
        return stopper.RequestAsync(row => row.WorkItemId == id && row.Fence <= fence && (ownFence == null || row.Fence != ownFence), new Ending(EndKind.ItemClosed, reason), ct);
    }
}
