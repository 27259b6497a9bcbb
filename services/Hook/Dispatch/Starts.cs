using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
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

    /// <summary>Counts a failed start, withdraws the dispatch, and decides what follows; see <see cref="DispatchState.Verdict"/>.</summary>
    public async Task FailedAsync(DispatchState saga, Guid sessionId, string reason, bool timedOut, CancellationToken ct)
    {
        saga.Verdict = StartVerdict.Stay;
        if (saga.GivenUpSessionId == sessionId) return;
        var row = await db.Assignments.FindAsync([saga.CorrelationId], ct);
        var waits = row is { State: AssignmentState.Queued } && (row.SessionId == sessionId || (row.SessionId is null && !timedOut));
        if (timedOut && !waits) return;
        if (timedOut)
        {
            saga.GivenUpSessionId = sessionId;
            await NoteSilenceAsync(saga, ct);
        }
        var circuit = (await CircuitAsync(saga.RigId, create: true, ct))!;
        circuit.Failures++;
        circuit.LastReason = reason;
        var opened = circuit.OpenedAt is null && circuit.Failures >= options.Value.FailedStartsUntilOpen;
        if (opened) await OpenAsync(circuit, saga, reason, ct);
        if (!waits) return;
        saga.Failures++;
        await flow.WithdrawDispatchAsync(row!, clock.Now() + Backoff(saga.Failures), ct);
        saga.Revision = row!.Revision;
        saga.Verdict = circuit.OpenedAt is null ? StartVerdict.Wait : StartVerdict.Break;
    }

    /// <summary>A node that has said nothing since it was told to start something gets nothing more until it is heard of again: else it would be given the same until the circuit opens.</summary>
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
