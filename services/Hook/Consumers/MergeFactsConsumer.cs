using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Features.Hooks;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Consumers;

/// <summary>What became of a completion: landed is noted on its receipt; sent back goes to the front of the same agent's hook, with the feedback.</summary>
sealed class MergeFactsConsumer(HookDbContext db, AssignmentFlow flow, IOutbox<HookDbContext> outbox, TimeProvider clock) :
    IConsumer<MergeSucceeded>, IConsumer<MergeConflicted>, IConsumer<MergeRejected>
{
    public async Task Consume(ConsumeContext<MergeSucceeded> c) => await NoteAsync(c.Message.Request, "merged", c.CancellationToken);

    public Task Consume(ConsumeContext<MergeConflicted> c) => SendBackAsync(c.Message.Request, c.Message.Event, "conflicted", c.CancellationToken);

    public Task Consume(ConsumeContext<MergeRejected> c) => SendBackAsync(c.Message.Request, c.Message.Event, "rejected", c.CancellationToken);

    async Task<AssignmentRow?> NoteAsync(MergeRequestSnapshot request, string outcome, CancellationToken ct)
    {
        if (request.WorkItemId is null) return null;
        var receipt = await db.Assignments.SingleOrDefaultAsync(
            a => a.WorkItemId == request.WorkItemId && a.Fence == request.Fence && a.State == AssignmentState.Completed, ct);
        if (receipt is null) return null;
        receipt.MergeOutcome = outcome;
        receipt.Version++;
        return receipt;
    }

    async Task SendBackAsync(MergeRequestSnapshot request, RunEvent cause, string outcome, CancellationToken ct)
    {
        if (await NoteAsync(request, outcome, ct) is not { } receipt) return;
        var id = receipt.WorkItemId;
        var fence = await db.Fences.AsNoTracking().SingleOrDefaultAsync(f => f.WorkItemId == id, ct);
        if (fence?.Fence > request.Fence) return;       // somebody has worked on it since
        if (await db.Live.AnyAsync(a => a.WorkItemId == id, ct)) return;
        var item = await db.Items.AsNoTracking().SingleAsync(i => i.Id == id, ct);
        if (item.IsOver) return;
        var rig = await db.Rigs.AsNoTracking().SingleAsync(r => r.Id == receipt.RigId, ct);
        var most = rig.Snapshot.Settings.Merge?.MaxAttempts ?? new MergeSettings().MaxAttempts;
        var returns = receipt.MergeReturns + 1;
        if (returns >= most)
        {
            await outbox.PublishAsync(new RaiseIncident(
                $"merge-attempts:{id}", Severity.High, ActorAddress.System("hook"), $"{id} came back from the merge queue {returns} times",
                request.Feedback ?? outcome, [$"Read why: cm show {id}", $"Sling it again when it can land: cm sling {id}"], receipt.RigId, id, request.Author), ct);
            return;
        }
        await QueueAgainAsync(receipt, request, rig, cause, returns, ct);
    }

    async Task QueueAgainAsync(AssignmentRow receipt, MergeRequestSnapshot request, RigCopy rig, RunEvent cause, int returns, CancellationToken ct)
    {
        var hook = receipt.Result?.By ?? receipt.HookId;
        var retired = await db.Agents.AnyAsync(a => a.Id == hook && a.RetiredAt != null, ct);
        var pool = ActorAddress.Pool(receipt.RigId);
        if (retired || !AgentRegistry.IsAgent(hook)) hook = receipt.HomeHookId != hook ? receipt.HomeHookId : pool;
        var settings = rig.Snapshot.Settings;
        var row = new AssignmentRow
        {
            Id = Ids.Ordered(clock.Now()),
            WorkItemId = receipt.WorkItemId,
            RigId = receipt.RigId,
            HookId = hook,
            HomeHookId = ActorAddress.RoleOf(hook) == "polecats" ? pool : hook,
            AgentId = ActorAddress.IsPool(hook) ? null : hook,
            // A return is a new attempt, but uses up none of those that lost leases and failures use up.
            State = AssignmentState.Queued,
            Priority = receipt.Priority,
            Attempt = receipt.Attempt + 1,
            MaxAttempts = receipt.MaxAttempts + 1,
            MergeReturns = returns,
            Fence = receipt.Fence,
            Revision = receipt.Revision,
            // As Work says now: the item may have left the convoy since it was handed in.
            ConvoyId = await db.Items.FindAsync([receipt.WorkItemId], ct) is { } item ? item.Snapshot.ConvoyId : receipt.ConvoyId,
            Merge = receipt.Merge,
            BaseBranch = request.Branch,
            Args = receipt.Args,
            Feedback = request.Feedback,
            SupervisedSeconds = settings.LeaseSeconds,
            BareSeconds = settings.ClaimLeaseSeconds,
            Managed = rig.Runs(hook, receipt.Run),
            Run = receipt.Run,
            TraceParent = receipt.TraceParent,
        };
        db.Assignments.Add(row);
        await flow.QueueAsync(row, cause.Actor, ct, front: true);
        row.EnqueuedAt = clock.Now();
    }
}
