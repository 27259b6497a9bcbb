using ClaudeManage.Contracts.Hook;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Features.Hooks;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Consumers;

/// <summary>Puts on a hook what a neighbour's plan says is next, by the same rules as everybody's sling; takes back what it wants no more.</summary>
sealed class PlannedSlingConsumer(HookDbContext db, PlannedSlings slings, AssignmentFlow flow) : IConsumer<SlingWork>, IConsumer<UnslingWork>
{
    public Task Consume(ConsumeContext<SlingWork> context) => slings.TakeAsync(context.Message, context.CancellationToken);

    /// <summary>What came on a hook in another way, or has been begun and may go on, stays.</summary>
    public async Task Consume(ConsumeContext<UnslingWork> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        await slings.ForgetAsync(m.WorkItemId, m.PlanId, ct);
        var row = await db.Live.SingleOrDefaultAsync(a => a.WorkItemId == m.WorkItemId && a.ConvoyId == m.ConvoyId, ct);
        if (row is null || (!m.Running && (row.State != AssignmentState.Queued || row.SessionId is not null))) return;
        var left = row.HookId;
        await flow.ReleaseAsync(row, m.RequestedBy, m.Reason, ct);
        flow.Wake(left);
    }
}
