using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Sagas;
using ClaudeManage.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Consumers;

/// <summary>Keeps the copies of items, and asks the convoys that hold a changed one whether they land.</summary>
sealed class WorkItemFactsConsumer(ConvoyDbContext db, IOutbox<ConvoyDbContext> outbox) :
    IConsumer<WorkItemCreated>, IConsumer<WorkItemUpdated>, IConsumer<WorkItemReady>, IConsumer<WorkItemHooked>, IConsumer<WorkItemStarted>,
    IConsumer<WorkItemParked>, IConsumer<WorkItemSubmitted>, IConsumer<WorkItemClosed>, IConsumer<WorkItemReopened>
{
    public Task Consume(ConsumeContext<WorkItemCreated> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemUpdated> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemReady> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemHooked> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemStarted> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemParked> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemSubmitted> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemClosed> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemReopened> c) => ApplyAsync(c.Message.Item, c.CancellationToken);

    async Task ApplyAsync(WorkItemSnapshot item, CancellationToken ct)
    {
        var copy = await db.Copies.FindAsync([item.Id], ct);
        if (copy is not null && copy.Version >= item.Version) return;
        if (copy is null) db.Copies.Add(copy = new ItemCopy { Id = item.Id });
        copy.RigId = item.RigId;
        copy.State = item.State;
        copy.Ready = item.Ready;
        copy.Outcome = item.Outcome?.Kind;
        copy.AgentId = item.AssignedAgentId;
        copy.Dependencies = item.Dependencies;
        copy.Version = item.Version;
        if (item.State is not WorkItemState.Closed) return;
        await db.LockItemAsync(item.Id, ct);
        foreach (var convoy in await db.Items.Where(i => i.WorkItemId == item.Id).Select(i => i.ConvoyId).ToListAsync(ct))
            await outbox.PublishAsync(new EvaluateConvoy(convoy), ct);
    }
}
