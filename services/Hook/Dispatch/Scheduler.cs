using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
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

namespace ClaudeManage.Hook.Dispatch;

/// <summary>What a look at the queues found.</summary>
/// <param name="Again">When a look is due although nothing happens until then.</param>
sealed record ScheduleView(PlanInput Input, Plan Plan, DateTimeOffset? Again);

/// <summary>Gathers what the planner decides by, and carries out what it decides: one short transaction.</summary>
sealed class Scheduler(HookDbContext db, AssignmentFlow flow, Polecats polecats, IOutbox<HookDbContext> outbox, IOptions<HookOptions> options, TimeProvider clock)
{
    /// <summary>Enough of each rig's queue to choose fairly from; the rest waits behind these in any case.</summary>
    const int WindowPerRig = 200;

    /// <summary>Gives out every slot there is.</summary>
    public Task<ScheduleView> RunAsync(CancellationToken ct) => db.TransactAsync(async token =>
    {
        await db.LockAsync("scheduler", token);
        var view = await LookAsync(token);
        if (view.Plan.Grants.Count == 0) return view;
        var ids = view.Plan.Grants.Select(g => g.AssignmentId).ToList();
        var rows = await db.Assignments.Where(a => ids.Contains(a.Id)).ToDictionaryAsync(a => a.Id, token);
        foreach (var grant in view.Plan.Grants) await GrantAsync(rows[grant.AssignmentId], grant.NodeId, token);
        return view;
    }, ct);

    /// <summary>What would happen now; changes nothing.</summary>
    public async Task<ScheduleView> LookAsync(CancellationToken ct)
    {
        var (now, o) = (clock.Now(), options.Value);
        var running = await db.Assignments.AsNoTracking()
            .Where(a => a.NodeId != null && (a.State == AssignmentState.Leased || a.State == AssignmentState.Queued))
            .Select(a => new { a.RigId, a.NodeId, a.ConvoyId }).ToListAsync(ct);
        var rigs = await db.Rigs.AsNoTracking().ToListAsync(ct);
        var pauses = await db.Pauses.AsNoTracking().ToDictionaryAsync(p => p.Scope, ct);
        var stops = await db.Stops.AsNoTracking().ToDictionaryAsync(s => s.Scope, Stopped, ct);
        var circuits = await db.Circuits.AsNoTracking().Where(c => c.OpenedAt != null).ToListAsync(ct);
        var heard = now.AddSeconds(-o.NodeSilentSeconds);
        var nodes = (await db.Nodes.AsNoTracking().Where(n => n.StoppedAt == null && n.LastSeenAt > heard).ToListAsync(ct)).Where(n => !n.Snapshot.Draining)
            .Select(n => new PlanNode(n.NodeId, n.Snapshot.Slots - running.Count(r => r.NodeId == n.NodeId), n.Snapshot.Rigs)).ToList();
        var waiting = new List<PlanCandidate>();
        // Commands of workflow steps are run also in a rig whose agents come by themselves.
        var withRuns = await db.Assignments.AsNoTracking().Where(a => a.Run != null && a.State == AssignmentState.Queued).Select(a => a.RigId).Distinct().ToListAsync(ct);
        foreach (var rig in rigs.Where(r => r.IsManaged || withRuns.Contains(r.Id))) waiting.AddRange(await WaitingAsync(rig.Id, now, ct));
        // Whoever is leased or on its way is busy, however the lease came about: one live lease per agent.
        var agents = waiting.Where(w => w.AgentId is not null).Select(w => w.AgentId!).Distinct().ToList();
        var busy = agents.Count == 0 ? [] : await db.Assignments.AsNoTracking()
            .Where(a => agents.Contains(a.AgentId!) && (a.State == AssignmentState.Leased || (a.State == AssignmentState.Queued && a.SessionId != null)))
            .Select(a => a.AgentId!).ToListAsync(ct);
        var minuteAgo = now.AddMinutes(-1);
        var starts = await db.Assignments.CountAsync(a => a.DispatchedAt > minuteAgo, ct);
        var input = new PlanInput(
            now, flow.Step, waiting, nodes,
            [.. rigs.Select(r => new PlanRig(r.Id, r.Snapshot.Settings.MaxWorkers, running.Count(x => x.RigId == r.Id), Closed(r, stops, pauses, circuits)))],
            o.MaxWorkers, running.Count, Math.Max(0, o.StartsPerMinute - starts),
            stops.GetValueOrDefault(StopScope.Town) is { } halted ? halted : pauses.TryGetValue("town", out var pause) ? $"the town's scheduler is paused: {pause.Reason ?? "no reason given"}" : null,
            busy.ToHashSet(), running.Where(r => r.ConvoyId is not null).GroupBy(r => r.ConvoyId!).ToDictionary(g => g.Key, g => g.Count()),
            stops.Where(s => StopScope.ConvoyOf(s.Key) is not null).ToDictionary(s => StopScope.ConvoyOf(s.Key)!, s => s.Value));
        var plan = Planner.Make(input);
        DateTimeOffset? again = plan.Waits.Count > 0 && starts + plan.Grants.Count >= o.StartsPerMinute ? now.AddSeconds(1) : null;
        return new ScheduleView(input, plan, again);
    }

    async Task<IEnumerable<PlanCandidate>> WaitingAsync(string rigId, DateTimeOffset now, CancellationToken ct) =>
        (await (from a in db.Assignments.AsNoTracking()
                join d in db.Dispatches.AsNoTracking() on a.Id equals d.CorrelationId
                where a.RigId == rigId && a.State == AssignmentState.Queued && a.Managed && !a.Held && a.SessionId == null && (a.NotBefore == null || a.NotBefore <= now)
                where d.CurrentState == nameof(DispatchStateMachine.WaitingForSlot)
                orderby a.Rank
                select new { a.Id, a.AgentId, a.ConvoyId, a.Priority, a.EnqueuedAt, a.Rank }).Take(WindowPerRig).ToListAsync(ct))
        .Select(a => new PlanCandidate(a.Id, rigId, a.AgentId, a.ConvoyId, a.Priority, a.EnqueuedAt, a.Rank));

    static string Stopped(StopRow stop) => $"emergency stop of {stop.Scope} by {stop.By}: {stop.Reason ?? "no reason given"}";

    static string? Closed(RigCopy rig, Dictionary<string, string> stops, Dictionary<string, PauseRow> pauses, List<CircuitRow> circuits) =>
        stops.GetValueOrDefault(StopScope.Rig(rig.Id)) is { } stop ? stop
        : rig.Snapshot.State != RigState.Active ? $"the rig is {rig.Snapshot.State.ToString().ToLowerInvariant()}"
        : pauses.TryGetValue($"rig:{rig.Id}", out var pause) ? $"the rig's scheduler is paused: {pause.Reason ?? "no reason given"}"
        : circuits.FirstOrDefault(c => c.RigId == rig.Id && c.Runtime == rig.Snapshot.Settings.Runtime) is { } circuit ? $"its runtime failed to start {circuit.Failures} times in a row: {circuit.LastReason}"
        : null;

    /// <summary>What was handed to the pool is for another than the one it came from.</summary>
    Task<string?> GaveItUpAsync(AssignmentRow row, CancellationToken ct) => row.HandoffId is { } id
        ? db.Handoffs.AsNoTracking().Where(h => h.Id == id && h.ToHookId == row.HookId).Select(h => h.FromAgentId).SingleOrDefaultAsync(ct) : Task.FromResult<string?>(null);

    async Task GrantAsync(AssignmentRow row, string nodeId, CancellationToken ct)
    {
        var now = clock.Now();
        var system = Caller.System("hook");
        using var span = HookTelemetry.Spans.Start("dispatch", row.TraceParent, row.WorkItemId, row.RigId, system.Actor);
        row.AgentId ??= await polecats.TakeAsync(row.RigId, await GaveItUpAsync(row, ct), ct);
        row.HookId = row.AgentId;
        row.NodeId = nodeId;
        row.SessionId = Ids.Ordered(now);
        row.DispatchedAt = now;
        row.NotBefore = null;
        AssignmentFlow.Touch(row);
        await outbox.PublishAsync(new AssignmentDispatched(flow.Header(AssignmentDispatched.Type, row, system.Actor), row.ToSnapshot()), ct);
        await outbox.PublishAsync(new SlotGranted(row.Id, row.Revision, row.SessionId.Value, nodeId), ct);
        await outbox.PublishAsync(new StartSession(row.SessionId.Value, nodeId, row.Id, row.AgentId, row.RigId, row.WorkItemId, system.Actor), ct);
        // The next grant of this pass must see that the agent is taken.
        await db.SaveChangesAsync(ct);
    }
}
