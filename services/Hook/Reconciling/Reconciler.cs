using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook.Reconciling;

/// <summary>
/// Compares Hook's assignments with its copies of items, with lease times and with the dispatch sagas, and puts right what
/// no event will put right any more. Each repair is an event; a second run finds nothing.
/// </summary>
sealed class Reconciler(HookDbContext db, AssignmentFlow flow, IOutbox<HookDbContext> outbox, IOptions<HookOptions> options, TimeProvider clock)
{
    const string Chain = "reconcile";

    // What is younger may still have its message on the way.
    static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    static readonly string Hook = ActorAddress.System("hook");

    /// <summary>One run, all in one transaction.</summary>
    public Task<ReconcileResult> RunAsync(Caller by, CancellationToken ct) => db.TransactAsync(async token =>
    {
        await db.LockAsync("reconcile", token);
        var live = await db.Live.ToListAsync(token);
        var ids = live.Select(a => a.WorkItemId).ToList();
        var items = await db.Items.AsNoTracking().Where(i => ids.Contains(i.Id)).ToDictionaryAsync(i => i.Id, token);
        var repairs = new List<Repair>();
        foreach (var row in live)
            if (await RepairAsync(row, items.GetValueOrDefault(row.WorkItemId), token) is { } repair) repairs.Add(repair);
        var onHooks = await db.Items.AsNoTracking().Where(i => i.State == WorkItemState.Hooked || i.State == WorkItemState.InProgress || i.State == WorkItemState.Parked).ToListAsync(token);
        var alive = live.Where(a => !AssignmentMoves.IsFinal(a.State)).Select(a => a.WorkItemId).ToHashSet();
        foreach (var item in onHooks.Where(i => !alive.Contains(i.Id)))
            if (await OpenAsync(item, token) is { } repair) repairs.Add(repair);
        foreach (var repair in repairs)
            await outbox.PublishAsync(new AssignmentRepaired(by.Event(AssignmentRepaired.Type, clock.Now(), repair.WorkItemId), repair.What, repair.Before, repair.After), token);
        return new ReconcileResult(new Dictionary<string, int>
        {
            ["assignments"] = live.Count,
            ["leases"] = live.Count(a => a.LeaseHolder is not null),
            ["itemsOnHooks"] = onHooks.Count,
            ["dispatches"] = live.Count(a => a.Managed),
        }, repairs);
    }, ct);

    /// <summary>One run of the recurring chain, and the next one's due message. A chain that was replaced does nothing.</summary>
    public async Task RunChainAsync(Guid chain, CancellationToken ct)
    {
        if (await db.Recurring.FindAsync([Chain], ct) is not { } row || row.Token != chain) return;
        await RunAsync(Caller.System("hook"), ct);
        await NextAsync(row, ct);
    }

    /// <summary>At start: begins the chain anew, so that exactly one is under way.</summary>
    public Task BeginChainAsync(CancellationToken ct) => db.TransactAsync(async token =>
    {
        await db.LockAsync("reconcile", token);
        var row = await db.Recurring.FindAsync([Chain], token);
        if (row is null) db.Recurring.Add(row = new RecurringRow { Name = Chain });
        await NextAsync(row, token);
    }, ct);

    async Task NextAsync(RecurringRow row, CancellationToken ct)
    {
        if (row.Token != Guid.Empty) await outbox.CancelAsync(row.Token, ct);
        row.Token = Ids.Ordered(clock.Now());
        await outbox.ScheduleAsync(new ReconcileDue(row.Token), clock.Now().AddSeconds(options.Value.ReconcileSeconds), row.Token, ct);
    }

    async Task<Repair?> RepairAsync(AssignmentRow row, ItemCopy? item, CancellationToken ct)
    {
        var now = clock.Now();
        var before = Describe(row);
        if (item is { IsOver: true })
        {
            await flow.ReleaseAsync(row, Hook, "its item is over", ct);
            return Made("assignment of a closed item released", row, before);
        }
        if (row.State == AssignmentState.Leased && row.LeaseUntil + Settled < now)
        {
            if (flow.Prolong(row)) return null;
            await flow.ExpireAsync(row, ct);
            return Made("lease past its time taken back", row, before);
        }
        if (row is { State: AssignmentState.Queued, Held: true } && item is { Ready: true })
        {
            row.Held = false;
            await flow.QueueAsync(row, Hook, ct);
            return Made("assignment of a ready item let go", row, before);
        }
        if (row.State == AssignmentState.Parked) return await OpenGateAsync(row, before, now, ct);
        return row is { State: AssignmentState.Queued, Held: false, Managed: true } ? await DispatchAsync(row, before, now, ct) : null;
    }

    async Task<Repair?> OpenGateAsync(AssignmentRow row, string before, DateTimeOffset now, CancellationToken ct)
    {
        var handoff = row.HandoffId is { } id ? await db.Handoffs.FindAsync([id], ct) : null;
        if (handoff is { State: HandoffState.Parked } && !(handoff.OpensAt + Settled < now)) return null;
        if (handoff is { State: HandoffState.Parked })
        {
            handoff.State = HandoffState.Pending;
            handoff.Version++;
        }
        AssignmentFlow.Move(row, AssignmentCause.Open);
        await flow.QueueAsync(row, Hook, ct, front: true);
        return Made("parked past its gate, queued again", row, before);
    }

    async Task<Repair?> DispatchAsync(AssignmentRow row, string before, DateTimeOffset now, CancellationToken ct)
    {
        var patience = TimeSpan.FromSeconds(options.Value.DispatchTimeoutSeconds) + Settled;
        if (row.SessionId is not null && row.DispatchedAt + patience < now)
        {
            await flow.WithdrawDispatchAsync(row, null, ct);
            await flow.RequestDispatchAsync(row, ct);
            return Made("dispatch that nobody answered withdrawn", row, before);
        }
        var state = await db.Dispatches.AsNoTracking().Where(d => d.CorrelationId == row.Id).Select(d => d.CurrentState).SingleOrDefaultAsync(ct);
        if (row.SessionId is not null || state is nameof(DispatchStateMachine.WaitingForSlot) or nameof(DispatchStateMachine.CircuitBroken)) return null;
        var since = new[] { row.EnqueuedAt, row.DispatchedAt ?? row.EnqueuedAt, row.LeasedAt ?? row.EnqueuedAt, row.NotBefore ?? row.EnqueuedAt }.Max();
        if (since + patience > now || await IsRequestedAsync(row, ct)) return null;
        AssignmentFlow.Touch(row);
        await flow.PublishAsync(new AssignmentQueued(flow.Header(AssignmentQueued.Type, row, Hook), row.ToSnapshot()), ct);
        await flow.RequestDispatchAsync(row, ct);
        return Made("queued without a dispatch, requested again", row, before);
    }

    /// <summary>The request is still in the outbox: the bus is behind, nothing is lost.</summary>
    Task<bool> IsRequestedAsync(AssignmentRow row, CancellationToken ct)
    {
        var id = row.Id.ToString("D");
        return db.Outbox.AnyAsync(o => o.Destination.Contains("DispatchRequested") && o.Body.Contains(id), ct);
    }

    /// <summary>Work still shows an item on a hook although it has heard all that Hook had to say.</summary>
    async Task<Repair?> OpenAsync(ItemCopy item, CancellationToken ct)
    {
        var last = await db.Assignments.Where(a => a.WorkItemId == item.Id).OrderByDescending(a => a.Revision).FirstOrDefaultAsync(ct);
        if (last is null || item.Revision < last.Revision) return null;     // the news is on its way, or Hook never had it
        var before = $"item {item.State.ToString().ToLowerInvariant()}, {Describe(last)}";
        last.Revision = item.Revision;
        AssignmentFlow.Touch(last);
        await outbox.PublishAsync(new AssignmentReleased(flow.Header(AssignmentReleased.Type, last, Hook), last.ToSnapshot(), "no assignment is live"), ct);
        return new Repair("item on a hook without an assignment opened", item.Id, last.Id, before, "item open");
    }

    static Repair Made(string what, AssignmentRow row, string before) => new(what, row.WorkItemId, row.Id, before, Describe(row));

    static string Describe(AssignmentRow row) => $"{row.State.ToString().ToLowerInvariant()} on {row.HookId}, attempt {row.Attempt}, fence {row.Fence}"
        + (row.LeaseHolder is null ? "" : $", held by {row.LeaseHolder} until {row.LeaseUntil:u}") + (row.SessionId is null ? "" : $", session {row.SessionId}");
}
