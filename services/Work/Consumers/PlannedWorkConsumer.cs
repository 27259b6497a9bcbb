using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using ClaudeManage.Work.Features;
using ClaudeManage.Work.Features.Items;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Consumers;

/// <summary>What a neighbour that plans work asks for. Every command may come twice: what it asks for and is so already stays as it is.</summary>
sealed class PlannedWorkConsumer(WorkDbContext db, ItemFactory factory, Ledger ledger, IOutbox<WorkDbContext> outbox, TimeProvider clock) :
    IConsumer<CreateWorkItems>, IConsumer<CloseWorkItems>, IConsumer<ReopenWorkItems>, IConsumer<DescribeWorkItem>
{
    public async Task Consume(ConsumeContext<CreateWorkItems> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        var ids = m.Items.Select(i => i.Id!).ToList();
        var present = await db.Items.Where(i => ids.Contains(i.Id)).Select(i => i.Id).ToHashSetAsync(ct);
        var wanted = m.Items.Where(i => !present.Contains(i.Id!)).ToList();
        if (wanted.Count > 0 && await RefusalAsync(wanted, m.RequestedBy, ct) is { } refusal)
        {
            await outbox.PublishAsync(new WorkItemsRefused(m.PlanId, m.Batch, refusal.Code, refusal.Detail), ct);
            return;
        }
        await outbox.PublishAsync(new WorkItemsCreated(m.PlanId, m.Batch), ct);
    }

    // Whatever is refused is refused before the first row is written.
    async Task<Refusal?> RefusalAsync(List<Contracts.Http.CreateWorkItem> wanted, string by, CancellationToken ct)
    {
        try
        {
            if (wanted.Count > ItemInput.MaxBatch) return Refusal.Invalid("/items", $"A batch holds 1 to {ItemInput.MaxBatch} items.");
            var validation = new Validation();
            foreach (var (item, i) in wanted.Select((item, i) => (item, i))) ItemInput.Check(validation, item with { DependsOn = null }, $"/items/{i}");
            validation.ThrowIfInvalid();
            await factory.CreateAsync(wanted, i => $"/items/{i}", By(by), ct);
            return null;
        }
        catch (RefusalException e)
        {
            db.ChangeTracker.Clear();
            return e.Refusal;
        }
    }

    public async Task Consume(ConsumeContext<CloseWorkItems> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        await ledger.LockGraphAsync(ct);
        var by = By(m.RequestedBy);
        var closes = m.Items.DistinctBy(c => c.WorkItemId).ToDictionary(c => c.WorkItemId);
        var open = await db.Items.Where(i => closes.Keys.Contains(i.Id) && i.DeletedAt == null && i.State != WorkItemState.Closed).ToDictionaryAsync(i => i.Id, ct);
        // All at once: nobody is told that an item is ready which the same command closes.
        List<WorkItemRow> closing = [.. closes.Keys.Where(open.ContainsKey).Select(id => open[id])];
        foreach (var item in closing)
        {
            Ledger.Step(item, TransitionCause.Decided);
            item.CompletedAt = clock.Now();
            item.HookId = null;
            item.Outcome = new WorkItemOutcome(closes[item.Id].Kind, closes[item.Id].Reason, by.Actor, item.Fence == 0 ? null : item.Fence);
        }
        if (closing.Count > 0) await ledger.RecordAsync(closing, by, WorkItemClosed.Type, item => (e, s) => new WorkItemClosed(e, s, closes[item.Id].Reason), ct);
    }

    public async Task Consume(ConsumeContext<ReopenWorkItems> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        await ledger.LockGraphAsync(ct);
        var by = By(m.RequestedBy);
        var items = await db.Items.Where(i => m.WorkItemIds.Contains(i.Id) && i.DeletedAt == null && i.State == WorkItemState.Closed && (m.Version == null || i.Version == m.Version)).OrderBy(i => i.CreatedAt).ToListAsync(ct);
        foreach (var item in items)
        {
            Ledger.Step(item, TransitionCause.Reopened);
            (item.Outcome, item.CompletedAt, item.Submission, item.MergeRequestId) = (null, null, null, null);
            (item.AssignedAgentId, item.HookId, item.AssignmentId) = (null, null, null);
        }
        if (items.Count > 0) await ledger.RecordAsync(items, by, WorkItemReopened.Type, _ => (e, s) => new WorkItemReopened(e, s, m.Reason), ct);
    }

    public async Task Consume(ConsumeContext<DescribeWorkItem> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        if (await db.Items.SingleOrDefaultAsync(i => i.Id == m.WorkItemId, ct) is not { DeletedAt: null, State: not WorkItemState.Closed } item) return;
        if (item.Title == m.Title && item.Description == m.Description) return;
        (item.Title, item.Description) = (m.Title, m.Description);
        await ledger.RecordAsync(item, By(m.RequestedBy), Facts.Updated.Type, Facts.Updated.Make, ct);
    }

    /// <summary>The sender checked the person's rights; the trail names the person.</summary>
    static Caller By(string actor) => ActorAddress.IsValid(actor) ? new Caller(actor, Roles.Operator, [], null, null) : Caller.System("workflow");
}
