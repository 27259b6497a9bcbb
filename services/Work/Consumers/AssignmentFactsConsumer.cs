using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Features;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Consumers;

/// <summary>
/// Derives an item's state from what Hook, the authority on assignment, says. Older revisions change nothing; what happened
/// in between and was not heard is walked through the table; about a closed item nothing is changed.
/// </summary>
sealed class AssignmentFactsConsumer(WorkDbContext db, Ledger ledger) :
    IConsumer<AssignmentQueued>, IConsumer<AssignmentDispatched>, IConsumer<AssignmentParked>, IConsumer<AssignmentCompleted>,
    IConsumer<AssignmentReleased>, IConsumer<AssignmentExhausted>, IConsumer<LeaseGranted>, IConsumer<LeaseExpired>, IConsumer<LeaseReleased>
{
    public Task Consume(ConsumeContext<AssignmentQueued> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, null, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentDispatched> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, null, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentParked> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, null, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentCompleted> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, null, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentReleased> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, c.Message.Reason, c.CancellationToken);

    public Task Consume(ConsumeContext<AssignmentExhausted> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, c.Message.Reason, c.CancellationToken);

    public Task Consume(ConsumeContext<LeaseGranted> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, null, c.CancellationToken);

    public Task Consume(ConsumeContext<LeaseExpired> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, null, c.CancellationToken);

    public Task Consume(ConsumeContext<LeaseReleased> c) => ApplyAsync(c.Message.Event, c.Message.Assignment, c.Message.Reason, c.CancellationToken);

    async Task ApplyAsync(RunEvent cause, AssignmentSnapshot assignment, string? reason, CancellationToken ct)
    {
        if (!await CopyAsync(assignment, ct)) return;
        await ledger.LockGraphAsync(ct);
        var item = await db.Items.SingleOrDefaultAsync(i => i.Id == assignment.WorkItemId, ct);
        if (item is null || item.DeletedAt is not null || item.State == WorkItemState.Closed || item.Revision >= assignment.Revision) return;
        var (to, ending) = AssignmentEffect.Target(assignment);
        var newLease = to is WorkItemState.InProgress or WorkItemState.Submitted && assignment.Fence > item.Fence;
        AssignmentEffect.Copy(item, assignment, reason);
        await ledger.WalkAsync(item, to, ending, newLease, Cause.Of(cause), reason, i => AssignmentEffect.Finish(i, assignment), ct);
    }

    /// <summary>Keeps Hook's last word on the assignment; false when this is not news.</summary>
    async Task<bool> CopyAsync(AssignmentSnapshot assignment, CancellationToken ct)
    {
        var copy = await db.Assignments.FindAsync([assignment.Id], ct);
        if (copy is not null && copy.Revision >= assignment.Revision) return false;
        if (copy is null) db.Assignments.Add(copy = new AssignmentCopyRow { Id = assignment.Id, WorkItemId = assignment.WorkItemId, Snapshot = assignment });
        (copy.State, copy.Fence, copy.Revision, copy.Snapshot) = (assignment.State, assignment.Fence, assignment.Revision, assignment);
        return true;
    }
}
