using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Work.Data;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Consumers;

/// <summary>Says what the rigs are like to those who have missed it.</summary>
sealed class TellRigsConsumer(WorkDbContext db, IOutbox<WorkDbContext> outbox) : IConsumer<TellRigs>
{
    public async Task Consume(ConsumeContext<TellRigs> c)
    {
        foreach (var rig in await db.Rigs.AsNoTracking().OrderBy(r => r.Id).ToListAsync(c.CancellationToken))
            await outbox.PublishAsync(new RigTold(rig.ToSnapshot()), c.CancellationToken);
    }
}
