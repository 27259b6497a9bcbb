using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Stopping;

/// <summary>Emergency stops: ordered, looked after until nothing of their scope is under a lease, lifted. All in the running transaction.</summary>
sealed class StopDesk(HookDbContext db, AssignmentFlow flow, IOutbox<HookDbContext> outbox, HookSignals signals, TimeProvider clock)
{
    /// <summary>When it is looked again; the last look takes back what is still out.</summary>
    public static readonly IReadOnlyList<TimeSpan> Looks = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8)];

    static readonly string Hook = ActorAddress.System("hook");

    /// <summary>From the commit on nothing of the scope is claimed or started. One that is in force stays as it is, and is looked after anew.</summary>
    public async Task<StopRow> OrderAsync(string scope, string? reason, Caller by, CancellationToken ct)
    {
        // Also the scheduler's lock: a pass that has begun is finished, and what it gave out is found here.
        await db.LockAsync("scheduler", ct);
        var now = clock.Now();
        var row = await db.Stops.FindAsync([scope], ct);
        if (row is null) db.Stops.Add(row = new StopRow { Scope = scope, By = by.Actor, At = now, Reason = reason });
        (row.Id, row.ClearedAt) = (Ids.Ordered(now), null);
        await outbox.PublishAsync(new EmergencyStopOrdered(by.Event(EmergencyStopOrdered.Type, now, rigId: StopScope.RigOf(scope), convoyId: StopScope.ConvoyOf(scope)), scope, reason), ct);
        await SweepAsync(row, by.Actor, first: true, last: false, ct);
        foreach (var (number, wait) in Looks.Index()) await outbox.ScheduleAsync(new StopLook(scope, row.Id, number), now + wait, ct);
        return row;
    }

    /// <summary>A due look; one at an order that was lifted or repeated does nothing.</summary>
    public async Task LookAsync(StopLook look, CancellationToken ct)
    {
        await db.LockAsync("scheduler", ct);
        if (await db.Stops.FindAsync([look.Scope], ct) is not { } row || row.Id != look.StopId) return;
        await SweepAsync(row, Hook, first: false, last: look.Number == Looks.Count - 1, ct);
    }

    /// <summary>Work of the scope may be started again. False when it was not stopped.</summary>
    public async Task<bool> LiftAsync(string scope, string? reason, Caller by, CancellationToken ct)
    {
        await db.LockAsync("scheduler", ct);
        if (await db.Stops.Where(s => s.Scope == scope).ExecuteDeleteAsync(ct) == 0) return false;
        await outbox.PublishAsync(new EmergencyStopLifted(by.Event(EmergencyStopLifted.Type, clock.Now(), rigId: StopScope.RigOf(scope), convoyId: StopScope.ConvoyOf(scope)), scope, reason), ct);
        // Whoever waits for a claim looks again.
        var hooks = await Of(scope).Where(a => a.State == AssignmentState.Queued && !a.Held).Select(a => a.HookId).Distinct().ToListAsync(ct);
        db.AfterCommit(() =>
        {
            foreach (var hook in hooks) signals.Queued(hook);
            signals.Scheduler.Pulse();
        });
        return true;
    }

    /// <summary>What of the scope somebody has, or is on its way to a node.</summary>
    public async Task<IReadOnlyList<HeldWork>> LeftAsync(string scope, CancellationToken ct) => await Out(scope).AsNoTracking().OrderBy(a => a.WorkItemId)
        .Select(a => new HeldWork(a.Id, a.WorkItemId, a.AgentId, a.NodeId, a.SessionId, a.State == AssignmentState.Leased)).ToListAsync(ct);

    /// <param name="first">Every node has the event itself, so no session is told one by one.</param>
    /// <param name="last">Nobody gave these back in time.</param>
    async Task SweepAsync(StopRow stop, string actor, bool first, bool last, CancellationToken ct)
    {
        var reason = $"emergency stop of {stop.Scope} by {stop.By}{(stop.Reason is null ? "" : $": {stop.Reason}")}";
        var (now, overdue) = (clock.Now(), new List<string>());
        foreach (var row in await Out(stop.Scope).ToListAsync(ct))
        {
            if (row.State == AssignmentState.Queued) await WithdrawAsync(row, ct);
            else if (row.SessionId is not { } session || row.NodeId is not { } node) await TakeBackAsync(row, actor, reason, ct);
            else if (last)
            {
                overdue.Add($"{row.WorkItemId} of {row.AgentId} on {node}");
                stop.TakenBack++;
                await TakeBackAsync(row, actor, $"{reason}; nobody gave it back in time", ct);
            }
            else if (!first) await outbox.PublishAsync(new StopSession(session, node, Sentence(reason), false, actor, Halt: true), ct);
        }
        if (overdue.Count > 0) await ReportAsync(stop, overdue, ct);
        await db.SaveChangesAsync(ct);
        if (stop.ClearedAt is not null || await Out(stop.Scope).AnyAsync(ct)) return;
        stop.ClearedAt = now;
        var header = Caller.System("hook").Event(EmergencyStopCleared.Type, now, rigId: StopScope.RigOf(stop.Scope), convoyId: StopScope.ConvoyOf(stop.Scope));
        await outbox.PublishAsync(new EmergencyStopCleared(header, stop.Scope, (now - stop.At).TotalSeconds, stop.TakenBack), ct);
    }

    /// <summary>A node was told to start it and has no lease: it gets none any more, and its failed start says nothing about the runtime.</summary>
    async Task WithdrawAsync(AssignmentRow row, CancellationToken ct)
    {
        var session = row.SessionId;
        await flow.WithdrawDispatchAsync(row, null, ct);
        await db.Dispatches.Where(d => d.CorrelationId == row.Id).ExecuteUpdateAsync(d => d.SetProperty(x => x.GivenUpSessionId, session).SetProperty(x => x.Version, x => x.Version + 1), ct);
        await flow.RequestDispatchAsync(row, ct);
    }

    Task TakeBackAsync(AssignmentRow row, string actor, string reason, CancellationToken ct) =>
        flow.ReturnAsync(row, actor, counts: false, reason, (e, s) => new LeaseReleased(e, s, reason), LeaseReleased.Type, ct);

    Task ReportAsync(StopRow stop, List<string> overdue, CancellationToken ct) => outbox.PublishAsync(new RaiseIncident(
        $"emergency-stop:{stop.Scope}", Severity.Critical, Hook, $"The emergency stop of {stop.Scope} was not confirmed by everybody",
        $"Their leases were taken back after {Looks[^1].TotalSeconds:0} s, and nobody said that their agents have ended: {string.Join(", ", overdue.Take(10))}.",
        ["See whether the node lives: cm agent list, GET /runtime/nodes", "On that machine: cm doctor names processes of sessions that are over"], StopScope.RigOf(stop.Scope), null, null), ct);

    IQueryable<AssignmentRow> Out(string scope) => Of(scope).Where(a => a.State == AssignmentState.Leased || (a.State == AssignmentState.Queued && a.SessionId != null));

    IQueryable<AssignmentRow> Of(string scope) => StopScope.RigOf(scope) is { } rig ? db.Assignments.Where(a => a.RigId == rig)
        : StopScope.ConvoyOf(scope) is { } convoy ? db.Assignments.Where(a => a.ConvoyId == convoy) : db.Assignments;

    static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
}
