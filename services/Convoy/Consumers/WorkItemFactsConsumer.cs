using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Running;
using ClaudeManage.Convoy.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Consumers;

/// <summary>Keeps the copies of items; the convoys that hold a changed one are asked whether they land, and whoever slings looks for what has a place now.</summary>
sealed class WorkItemFactsConsumer(ConvoyDbContext db, Dispatcher dispatcher, Herald herald, ConvoySignals signals, IOutbox<ConvoyDbContext> outbox, TimeProvider clock) :
    IConsumer<WorkItemCreated>, IConsumer<WorkItemUpdated>, IConsumer<WorkItemReady>, IConsumer<WorkItemHooked>, IConsumer<WorkItemStarted>,
    IConsumer<WorkItemParked>, IConsumer<WorkItemSubmitted>, IConsumer<WorkItemClosed>, IConsumer<WorkItemReopened>, IConsumer<WorkItemTrashed>, IConsumer<WorkItemRestored>
{
    public Task Consume(ConsumeContext<WorkItemCreated> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemUpdated> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemReady> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemHooked> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemStarted> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemParked> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemSubmitted> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemClosed> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemReopened> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemTrashed> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    public Task Consume(ConsumeContext<WorkItemRestored> c) => ApplyAsync(c.Message.Event, c.Message.Item, c.CancellationToken);

    async Task ApplyAsync(RunEvent cause, WorkItemSnapshot item, CancellationToken ct)
    {
        var copy = await db.Copies.FindAsync([item.Id], ct);
        if (copy is not null && copy.Version >= item.Version) return;
        if (copy is null)
        {
            db.Copies.Add(copy = new ItemCopy { Id = item.Id, State = WorkItemState.Open });
            db.AfterCommit(signals.Items.Pulse);
        }
        var started = copy.StartedAt;
        var change = new Change(copy.State, item.State, copy.IsOver, item.State == WorkItemState.Closed || item.DeletedAt is not null, copy.Ready, item.Ready, copy.RigId, item.RigId);
        Copy(copy, item, cause);
        if (!change.Matters) return;
        if (started is null && copy is { StartedAt: { } begun, ReadyAt: { } ready } && await db.Items.AnyAsync(i => i.WorkItemId == item.Id && i.SlungAt != null, ct))
            ConvoyTelemetry.Started(db, item.RigId, begun - ready);
        copy.MovedAt = clock.Now();
        if (change.Locks) await db.LockItemsAsync([item.Id], ct);
        await TellAsync(item, change, cause, ct);
    }

    /// <summary>What of an item is another than before.</summary>
    sealed record Change(WorkItemState From, WorkItemState To, bool WasOver, bool IsOver, bool WasReady, bool IsReady, string FromRig, string ToRig)
    {
        public bool Matters => From != To || WasOver != IsOver || WasReady != IsReady || FromRig != ToRig;

        /// <summary>A convoy that is just being made or launched must not miss it.</summary>
        public bool Locks => WasOver != IsOver || (IsReady && !WasReady);

        public bool FreesPlace => IsWorked(From) && !IsWorked(To);

        /// <summary>What the timeline calls it; null for what it leaves out.</summary>
        public string? Line => FromRig != ToRig ? "moved" : !WasOver && IsOver && To != WorkItemState.Closed ? "trashed" : From == To ? null
            : To == WorkItemState.Open ? WasOver ? "reopened" : null : SnakeCase.Of(To == WorkItemState.InProgress ? "Started" : To.ToString());

        static bool IsWorked(WorkItemState state) => state is WorkItemState.Hooked or WorkItemState.InProgress;
    }

    static string? Detail(WorkItemSnapshot item, string line) => line switch
    {
        "started" => $"by {item.AssignedAgentId ?? "a worker"}",
        "closed" => item.Outcome is { } outcome ? SnakeCase.Of(outcome.Kind.ToString()) : null,
        "moved" => $"to {item.RigId}",
        _ => null,
    };

    static void Copy(ItemCopy copy, WorkItemSnapshot item, RunEvent cause)
    {
        var reopened = copy.IsOver && item.State != WorkItemState.Closed;
        copy.StartedAt = reopened ? null : item.State == WorkItemState.InProgress ? copy.StartedAt ?? cause.EmittedAt : copy.StartedAt;
        copy.ReadyAt = !item.Ready ? copy.ReadyAt : copy.Ready ? copy.ReadyAt : cause.EmittedAt;
        copy.RigId = item.RigId;
        copy.State = item.State;
        copy.Ready = item.Ready;
        copy.Outcome = item.Outcome?.Kind;
        copy.AgentId = item.AssignedAgentId;
        copy.Dependencies = item.Dependencies;
        copy.Revision = item.Revision;
        copy.ParentId = item.ParentId;
        copy.Type = item.Type;
        copy.Priority = item.Priority;
        copy.Labels = item.Labels.Count == 0 ? null : $"\n{string.Join('\n', item.Labels)}\n";
        copy.Trashed = item.DeletedAt is not null;
        copy.ClosedAt = item.CompletedAt;
        if (copy.CostRevision == 0) copy.CostUsd = (item.Outcome?.Receipt ?? item.Submission?.Receipt)?.Usage?.CostUsd ?? copy.CostUsd;
        copy.Version = item.Version;
    }

    async Task TellAsync(WorkItemSnapshot item, Change change, RunEvent cause, CancellationToken ct)
    {
        var held = await (from row in db.Items
                          where row.WorkItemId == item.Id
                          join convoy in db.Convoys on row.ConvoyId equals convoy.ConvoyId
                          select new { Row = row, convoy.State, convoy.Auto, convoy.Paused, Bound = convoy.BudgetUsd != null, Stranded = convoy.StrandedAt != null }).ToListAsync(ct);
        foreach (var h in held)
        {
            if (change.Line is { } line && h.State != nameof(ConvoyState.Cancelled)) herald.Note(h.Row.ConvoyId, line, item.Id, cause.Actor, Detail(item, line));
            if (change.WasOver && !change.IsOver) h.Row.Free();
            else if (item.State is WorkItemState.Hooked or WorkItemState.InProgress && item.Revision > (h.Row.SlungRevision ?? 0)) (h.Row.Hold, h.Row.HoldReason) = (null, null);
            else if (h.Row.Hold == Stranding.Refused && change.FromRig != change.ToRig) h.Row.Free();
            var idle = h.State == nameof(ConvoyState.Cancelled) || (h.State == nameof(ConvoyState.Open) && h.Auto && h.Paused);
            if (idle && h.Row.SlungAt is not null && item.State == WorkItemState.Hooked)
                await outbox.PublishAsync(new UnslingWork(h.Row.ConvoyId, item.Id, h.Row.ConvoyId, false, "its convoy is paused or was cancelled", ConvoyRun.Self), ct);
            if (change.WasOver != change.IsOver || h.Stranded || h.Row.Hold is not null || (h.Bound && item.State == WorkItemState.Submitted)) await outbox.PublishAsync(new EvaluateConvoy(h.Row.ConvoyId), ct);
        }
        if ((item.Ready || change.FreesPlace || change.IsOver) && held.Any(h => h is { Auto: true, Paused: false, State: nameof(ConvoyState.Open) })) await dispatcher.DispatchAsync(ct);
    }
}
