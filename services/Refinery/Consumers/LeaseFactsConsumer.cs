using ClaudeManage.Contracts.Hook;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Consumers;

/// <summary>The fence at the last door: once a newer lease was given out for an item, what was done under an older one is not landed.</summary>
sealed class LeaseFactsConsumer(RefineryDbContext db, MergeFlow flow) : IConsumer<LeaseGranted>
{
    public async Task Consume(ConsumeContext<LeaseGranted> c)
    {
        var (assignment, ct) = (c.Message.Assignment, c.CancellationToken);
        var mark = await db.Items.SingleOrDefaultAsync(i => i.Id == assignment.WorkItemId, ct);
        if (mark is null) db.Add(mark = new ItemMark { Id = assignment.WorkItemId, Version = -1 });
        if (assignment.Fence <= mark.Fence) return;
        mark.Fence = assignment.Fence;
        foreach (var request in await db.Requests.Where(r => r.WorkItemId == assignment.WorkItemId && r.EndedAt == null && r.Fence < assignment.Fence).ToListAsync(ct))
            await flow.RaiseAsync(request, new Withdraw($"{assignment.WorkItemId} was leased again (fence {assignment.Fence}); this was done under fence {request.Fence}."), QueueHolds.Driver, ct);
    }
}
