using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Features.Hooks;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Consumers;

/// <summary>Puts on a hook what a neighbour's plan says is next, by the same rules as everybody's sling; takes back what it wants no more.</summary>
sealed class PlannedSlingConsumer(HookDbContext db, SlingItems slings, AssignmentFlow flow, IOutbox<HookDbContext> outbox) : IConsumer<SlingWork>, IConsumer<UnslingWork>
{
    public async Task Consume(ConsumeContext<SlingWork> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        // Work's word about the item may be on its way still: the delivery is put off and comes again.
        if (!await db.Items.AnyAsync(i => i.Id == m.WorkItemId, ct)) throw new InvalidOperationException($"{m.WorkItemId} is not known here yet.");
        try
        {
            Sling.Validate(m.HookId, new SlingRequest(m.WorkItemId, ConvoyId: m.ConvoyId, Priority: m.Priority, MaxAttempts: m.MaxAttempts, Args: m.Args));
            await slings.SlingAsync(m.HookId, new SlingRequest(m.WorkItemId, ConvoyId: m.ConvoyId, Priority: m.Priority, MaxAttempts: m.MaxAttempts, Args: m.Args, WhenReady: true),
                m.RequestedBy is { } by ? Caller.System("workflow") with { Actor = by } : Caller.System("workflow"), ct, ownConvoy: false, m.Run);
        }
        catch (RefusalException e)
        {
            db.ChangeTracker.Clear();
            // On a hook already: this command came twice, or a person was quicker. Over already: its plan hears of that from Work.
            if (e.Refusal.Code is "already-assigned" or "item-closed" or "item-submitted") return;
            await outbox.PublishAsync(new SlingRefused(m.PlanId, m.WorkItemId, e.Refusal.Code, e.Refusal.Detail), ct);
        }
    }

    /// <summary>What came on a hook in another way, or has been begun and may go on, stays.</summary>
    public async Task Consume(ConsumeContext<UnslingWork> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        var row = await db.Assignments.SingleOrDefaultAsync(a => a.WorkItemId == m.WorkItemId && a.ConvoyId == m.ConvoyId
            && (a.State == AssignmentState.Queued || a.State == AssignmentState.Leased || a.State == AssignmentState.Parked), ct);
        if (row is null || (!m.Running && (row.State != AssignmentState.Queued || row.SessionId is not null))) return;
        var left = row.HookId;
        await flow.ReleaseAsync(row, m.RequestedBy, m.Reason, ct);
        flow.Wake(left);
    }
}
