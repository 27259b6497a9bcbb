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

/// <summary>Puts on a hook what a neighbour's plan says is next, by the same rules as everybody's sling.</summary>
sealed class PlannedSlingConsumer(HookDbContext db, SlingItems slings, IOutbox<HookDbContext> outbox) : IConsumer<SlingWork>
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
                Caller.System("workflow"), ct, ownConvoy: false);
        }
        catch (RefusalException e)
        {
            db.ChangeTracker.Clear();
            // On a hook already: this command came twice, or a person was quicker. Over already: its plan hears of that from Work.
            if (e.Refusal.Code is "already-assigned" or "item-closed" or "item-submitted") return;
            await outbox.PublishAsync(new SlingRefused(m.PlanId, m.WorkItemId, e.Refusal.Code, e.Refusal.Detail), ct);
        }
    }
}
