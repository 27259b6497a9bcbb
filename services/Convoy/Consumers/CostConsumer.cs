using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Sagas;
using ClaudeManage.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Consumers;

/// <summary>
/// Keeps what the tries of an item cost, those that failed and those that the merge queue sent back too, each once and in whatever order they are told;
/// Work tells of the last alone.
/// </summary>
sealed class CostConsumer(ConvoyDbContext db, IOutbox<ConvoyDbContext> outbox) : IConsumer<AssignmentCompleted>
{
    public async Task Consume(ConsumeContext<AssignmentCompleted> c)
    {
        var (a, ct) = (c.Message.Assignment, c.CancellationToken);
        if (a.Result is not { Usage.CostUsd: > 0 } result || await db.Costs.FindAsync([a.WorkItemId, result.Fence], ct) is not null) return;
        if (await db.Copies.FindAsync([a.WorkItemId], ct) is { } copy && a.Revision <= copy.CostRevision) return;
        db.Costs.Add(new CostRow { WorkItemId = a.WorkItemId, Fence = result.Fence, Usd = result.Usage.CostUsd });
        var bound = from item in db.Items where item.WorkItemId == a.WorkItemId join convoy in db.Convoys on item.ConvoyId equals convoy.ConvoyId where convoy.State == nameof(ConvoyState.Open) && convoy.BudgetUsd != null select convoy.ConvoyId;
        foreach (var id in await bound.ToListAsync(ct)) await outbox.PublishAsync(new EvaluateConvoy(id), ct);
    }
}
