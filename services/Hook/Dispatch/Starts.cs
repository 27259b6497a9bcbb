using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook.Dispatch;

/// <summary>What the dispatch saga does when a start is under way, succeeded or failed.</summary>
sealed class Starts(HookDbContext db, AssignmentFlow flow, IOutbox<HookDbContext> outbox, HookSignals signals, IOptions<HookOptions> options, TimeProvider clock)
{
    const int FailuresUntilTold = 6;

    static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(5);

    /// <summary>Notes who was told, and asks to be reminded.</summary>
    public Task GrantedAsync(DispatchState saga, SlotGranted granted, CancellationToken ct)
    {
        saga.Revision = granted.Revision;
        saga.SessionId = granted.SessionId;
        saga.NodeId = granted.NodeId;
        saga.GrantedAt = clock.Now();
        return outbox.ScheduleAsync(new StartTimedOut(granted.AssignmentId, granted.SessionId), saga.GrantedAt.Value.AddSeconds(options.Value.DispatchTimeoutSeconds), ct);
    }

    /// <summary>The agent runs: whatever failed before, the runtime works.</summary>
    public async Task SucceededAsync(DispatchState saga, Guid sessionId, CancellationToken ct)
    {
        if (sessionId != saga.SessionId) return;
        saga.Failures = 0;
        if (await CircuitAsync(saga.RigId, create: false, ct) is not { } circuit) return;
        circuit.Failures = 0;
        circuit.OpenedAt = null;
    }

    /// <summary>Withdraws the dispatch of a session that its node could not start; one that is the rig's fault counts for the circuit. Decides what follows: <see cref="DispatchState.Verdict"/>.</summary>
    public async Task FailedAsync(DispatchState saga, Guid sessionId, string reason, StartFault fault, CancellationToken ct)
    {
        saga.Verdict = StartVerdict.Stay;
        if (saga.GivenUpSessionId == sessionId) return;
        if (fault == StartFault.Rig) await CountAsync(saga, reason, ct);
        if (await db.Assignments.FindAsync([saga.CorrelationId], ct) is { State: AssignmentState.Queued } row && (row.SessionId == sessionId || row.SessionId is null))
            await WithdrawAsync(saga, row, reason, ct);
    }

    /// <summary>Withdraws the dispatch of a session that no lease was taken for. Nothing of the rig was tried, so it never counts for the circuit.</summary>
    public async Task TimedOutAsync(DispatchState saga, Guid sessionId, CancellationToken ct)
    {
        saga.Verdict = StartVerdict.Stay;
        if (saga.GivenUpSessionId == sessionId) return;
        if (await db.Assignments.FindAsync([saga.CorrelationId], ct) is not { State: AssignmentState.Queued } row || row.SessionId != sessionId) return;
        saga.GivenUpSessionId = sessionId;
        await NoteSilenceAsync(saga, ct);
        await WithdrawAsync(saga, row, $"the node {saga.NodeId} took no lease in time", ct);
    }

    /// <summary>The back-off grows with each failure in a row; after some of them a person is told, and it goes on being tried.</summary>
    async Task WithdrawAsync(DispatchState saga, AssignmentRow row, string reason, CancellationToken ct)
    {
        saga.Failures++;
        await flow.WithdrawDispatchAsync(row, clock.Now() + Backoff(saga.Failures), ct);
        saga.Revision = row.Revision;
        var broken = await CircuitAsync(saga.RigId, create: false, ct) is { OpenedAt: not null };
        saga.Verdict = broken ? StartVerdict.Break : StartVerdict.Wait;
        if (saga.Failures != FailuresUntilTold || broken) return;
        await outbox.PublishAsync(new RaiseIncident(
            $"start:{saga.WorkItemId}", Severity.High, ActorAddress.System("hook"), $"{saga.WorkItemId} could not be started {saga.Failures} times in a row",
            reason, ["See which nodes answer: cm status", $"It is tried again by itself, at the latest every {LongestBackoff.TotalMinutes} minutes"], saga.RigId, saga.WorkItemId, row.AgentId), ct);
    }

    async Task CountAsync(DispatchState saga, string reason, CancellationToken ct)
    {
        var circuit = (await CircuitAsync(saga.RigId, create: true, ct))!;
        circuit.Failures++;
        circuit.LastReason = reason;
        if (circuit.OpenedAt is null && circuit.Failures >= options.Value.FailedStartsUntilOpen) await OpenAsync(circuit, saga, reason, ct);
    }

    /// <summary>A node that has said nothing since it was told to start something gets nothing more until it is heard of again: else it would be given the same again and again.</summary>
    async Task NoteSilenceAsync(DispatchState saga, CancellationToken ct)
    {
        if (await db.Nodes.FindAsync([saga.NodeId], ct) is not { } node || node.LastSeenAt > saga.GrantedAt) return;
        node.LastSeenAt = clock.Now().AddSeconds(-options.Value.NodeSilentSeconds);
    }

    /// <summary>The scheduler looks again after the commit.</summary>
    public void WakeScheduler() => db.AfterCommit(signals.Scheduler.Pulse);

    /// <summary>Closes a rig's circuits; what waits behind them may start again.</summary>
    public async Task<bool> CloseCircuitsAsync(string rigId, CancellationToken ct)
    {
        var circuits = await db.Circuits.Where(c => c.RigId == rigId && c.Failures > 0).ToListAsync(ct);
        foreach (var circuit in circuits)
        {
            circuit.Failures = 0;
            circuit.OpenedAt = null;
        }
        foreach (var id in await db.Dispatches.Where(d => d.RigId == rigId && d.CurrentState == nameof(DispatchStateMachine.CircuitBroken)).Select(d => d.CorrelationId).ToListAsync(ct))
            await outbox.PublishAsync(new CircuitClosed(id), ct);
        WakeScheduler();
        return circuits.Any();
    }

    async Task OpenAsync(CircuitRow circuit, DispatchState saga, string reason, CancellationToken ct)
    {
        circuit.OpenedAt = clock.Now();
        await outbox.PublishAsync(new RaiseIncident(
            $"circuit:{circuit.RigId}:{circuit.Runtime}", Severity.High, ActorAddress.System("hook"),
            $"Agents of {circuit.RigId} do not start: {circuit.Failures} failed starts in a row of the runtime {circuit.Runtime}",
            reason, [$"Fix what the reason says, then: cm scheduler resume rig:{circuit.RigId}"], circuit.RigId, saga.WorkItemId, null), ct);
    }

    async Task<CircuitRow?> CircuitAsync(string rigId, bool create, CancellationToken ct)
    {
        var runtime = (await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == rigId, ct))?.Snapshot.Settings.Runtime ?? "command";
        var row = await db.Circuits.FindAsync([rigId, runtime], ct);
        if (row is null && create) db.Circuits.Add(row = new CircuitRow { RigId = rigId, Runtime = runtime });
        return row;
    }

    TimeSpan Backoff(int failures)
    {
        var wait = TimeSpan.FromSeconds(options.Value.DispatchBackoffSeconds * Math.Pow(2, Math.Min(failures - 1, 16)));
        return wait < LongestBackoff ? wait : LongestBackoff;
    }
}
