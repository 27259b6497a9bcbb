using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using ClaudeManage.Work.Features;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Consumers;

/// <summary>Follows an item through the merge queue: landed closes it, refused opens it again with the queue's feedback.</summary>
sealed class MergeFactsConsumer(WorkDbContext db, Ledger ledger) :
    IConsumer<MergeQueued>, IConsumer<MergeGating>, IConsumer<MergeProved>, IConsumer<MergeSucceeded>, IConsumer<MergeConflicted>, IConsumer<MergeRejected>, IConsumer<MergeSuperseded>
{
    public Task Consume(ConsumeContext<MergeQueued> c) => NoteAsync(c.Message.Event, c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeGating> c) => NoteAsync(c.Message.Event, c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeProved> c) => NoteAsync(c.Message.Event, c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeSuperseded> c) => CopyAsync(c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeConflicted> c) => SendBackAsync(c.Message.Event, c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeRejected> c) => SendBackAsync(c.Message.Event, c.Message.Request, c.CancellationToken);

    public async Task Consume(ConsumeContext<MergeSucceeded> c)
    {
        var (request, ct) = (c.Message.Request, c.CancellationToken);
        if (await ItemAsync(request, ct) is not { } item) return;
        // Work under a newer lease goes on; that its forerunner landed is in the trail.
        if (request.Fence < item.Fence || (item.State != WorkItemState.Submitted && request.Fence == 0)) return;
        item.MergeRequestId = request.Id;
        item.Fence = request.Fence;
        await ledger.WalkAsync(item, WorkItemState.Closed, TransitionCause.Merged, false, Cause.Of(c.Message.Event), null, i =>
        {
            i.CompletedAt = request.EndedAt ?? request.UpdatedAt;
            i.HookId = null;
            i.Feedback = null;
            i.Outcome = new WorkItemOutcome(OutcomeKind.Merged, i.Submission?.Summary, request.Author, request.Fence, request.Branch, request.Commit, request.MergedCommit,
                (i.Submission?.Receipt ?? new Receipt()) with { GateRunIds = [.. request.GateRunIds.Select(g => g.ToString())] }, i.Submission?.Output);
        }, ct);
    }

    async Task NoteAsync(RunEvent cause, MergeRequestSnapshot request, CancellationToken ct)
    {
        if (await ItemAsync(request, ct) is not { } item || !IsCurrent(item, request) || item.MergeRequestId == request.Id) return;
        item.MergeRequestId = request.Id;
        await ledger.RecordAsync(item, Cause.Of(cause), Facts.Updated.Type, Facts.Updated.Make, ct);
    }

    async Task SendBackAsync(RunEvent cause, MergeRequestSnapshot request, CancellationToken ct)
    {
        if (await ItemAsync(request, ct) is not { } item || !IsCurrent(item, request)) return;
        item.MergeRequestId = request.Id;
        (item.HookId, item.AssignmentId, item.AssignedAgentId) = (null, null, null);
        item.Feedback = request.Feedback ?? "The merge queue refused it and did not say why.";
        await ledger.WalkAsync(item, WorkItemState.Open, null, false, Cause.Of(cause), request.Feedback, _ => { }, ct);
    }

    static bool IsCurrent(WorkItemRow item, MergeRequestSnapshot request) =>
        item.State == WorkItemState.Submitted && (item.Submission is null || item.Submission.Fence == request.Fence);

    /// <summary>Keeps the request's copy, and gives the item if it may still change.</summary>
    async Task<WorkItemRow?> ItemAsync(MergeRequestSnapshot request, CancellationToken ct)
    {
        if (!await CopyAsync(request, ct)) return null;
        await ledger.LockGraphAsync(ct);
        var item = await db.Items.SingleOrDefaultAsync(i => i.Id == request.WorkItemId, ct);
        return item is { DeletedAt: null, State: not WorkItemState.Closed } ? item : null;
    }

    async Task<bool> CopyAsync(MergeRequestSnapshot request, CancellationToken ct)
    {
        if (request.WorkItemId is null) return false;
        var copy = await db.Merges.FindAsync([request.Id], ct);
        if (copy is not null && copy.Version >= request.Version) return false;
        if (copy is null) db.Merges.Add(copy = new MergeCopyRow { Id = request.Id, WorkItemId = request.WorkItemId, Snapshot = request });
        (copy.Version, copy.QueuedAt, copy.Snapshot) = (request.Version, request.QueuedAt, request);
        return true;
    }
}
