using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Features.Hooks;
using ClaudeManage.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Consumers;

/// <summary>Keeps the copies of items. A closed or trashed item leaves its hook; one that became ready is queued if it waited for that, and what a plan slung too early is slung.</summary>
sealed class WorkItemFactsConsumer(HookDbContext db, AssignmentFlow flow, PlannedSlings slings, HookSignals signals) :
    IConsumer<WorkItemCreated>, IConsumer<WorkItemUpdated>, IConsumer<WorkItemReady>, IConsumer<WorkItemHooked>, IConsumer<WorkItemStarted>,
    IConsumer<WorkItemParked>, IConsumer<WorkItemSubmitted>, IConsumer<WorkItemClosed>, IConsumer<WorkItemReopened>, IConsumer<WorkItemTrashed>, IConsumer<WorkItemRestored>
{
    public Task Consume(ConsumeContext<WorkItemCreated> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemUpdated> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemReady> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemHooked> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemStarted> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemParked> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemSubmitted> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemClosed> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemReopened> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemTrashed> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemRestored> c) => ApplyAsync(c.Message.Item, c.Message.Event, c.CancellationToken);

    async Task ApplyAsync(WorkItemSnapshot item, RunEvent cause, CancellationToken ct)
    {
        var copy = await db.Items.FindAsync([item.Id], ct);
        if (copy is not null && copy.Version >= item.Version) return;
        var (wasOpen, wasOver, wasReady) = (copy is { IsOver: false }, copy is { IsOver: true }, copy is { Ready: true });
        if (copy is null) db.Items.Add(copy = new ItemCopy { Id = item.Id, TraceParent = TraceContext.Current });
        copy.RigId = item.RigId;
        copy.ParentId = item.ParentId;
        copy.Type = item.Type;
        copy.State = item.State;
        copy.Ready = item.Ready;
        copy.Trashed = item.DeletedAt is not null;
        copy.Revision = item.Revision;
        copy.AcceptanceCommands = [.. item.Acceptance.Index().Where(a => a.Item.Command is { Count: > 0 }).Select(a => a.Index)];
        copy.Snapshot = item;
        copy.Version = item.Version;
        if (!copy.IsOver && !wasOpen) db.AfterCommit(signals.Items.Pulse);
        if (copy.IsOver && !wasOver) await LeaveAsync(item, cause, ct);
        else if (!wasReady && item.Ready) await UnholdAsync(item, cause, ct);
        if (copy.IsOver) await slings.OvertakenAsync(copy, ct);
        else if (item.State == WorkItemState.Open) await slings.HeardAsync(copy, ct);
    }

    async Task LeaveAsync(WorkItemSnapshot item, RunEvent cause, CancellationToken ct)
    {
        if (item.Ephemeral) await db.WispSteps.Where(s => s.WorkItemId == item.Id && s.ItemVersion < item.Version).ExecuteDeleteAsync(ct);
        if (await LiveAsync(item.Id, ct) is { } row)
            await flow.ReleaseAsync(row, cause.Actor, item.DeletedAt is not null ? "the item went to the trash" : "the item was closed", ct);
    }

    async Task UnholdAsync(WorkItemSnapshot item, RunEvent cause, CancellationToken ct)
    {
        if (await LiveAsync(item.Id, ct) is not { Held: true } row) return;
        row.Held = false;
        await flow.QueueAsync(row, cause.Actor, ct);
    }

    Task<AssignmentRow?> LiveAsync(string workItemId, CancellationToken ct) => db.Live.SingleOrDefaultAsync(a => a.WorkItemId == workItemId, ct);
}
