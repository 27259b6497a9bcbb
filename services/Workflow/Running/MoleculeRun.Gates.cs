using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Expressions;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>Gates: made when their step comes to them, opened once, expired once.</summary>
sealed partial class MoleculeRun
{
    /// <summary>True when nothing is shut. Makes the step's gates when it comes to them for the first time.</summary>
    async Task<bool> GatesAreOpenAsync(MoleculeRow m, StepRow step, CancellationToken ct)
    {
        var gates = await db.Gates.Where(g => g.MoleculeId == m.MoleculeId && g.StepId == step.StepId && g.State != GateState.Closed).ToListAsync(ct);
        if (gates.Count > 0) return gates.All(g => g.State == GateState.Open);
        var shut = false;
        foreach (var spec in step.Step.Gates!)
        {
            var now = clock.Now();
            var condition = spec.Condition is null ? null : RunCondition.Parse(spec.Condition);
            if (spec.Type == "conditional" && condition is not null && await HoldsAsync(m, condition, step, ct) is true) continue;
            var gate = new GateRow
            {
                Id = Ids.Ordered(now),
                MoleculeId = m.MoleculeId,
                StepId = step.StepId,
                Type = spec.Type,
                Name = spec.Id,
                AwaitId = spec.AwaitId ?? spec.Id,
                Condition = spec.Condition,
                State = GateState.Waiting,
                CreatedAt = now,
                DueAt = spec.TimeoutSeconds is { } seconds ? now.AddSeconds(seconds) : null,
            };
            db.Gates.Add(gate);
            if (gate.DueAt is { } due) await outbox.ScheduleAsync(new Sagas.GateDue(m.RootItemId, gate.Id), due, ct);
            await outbox.PublishAsync(new GateWaiting(HeaderOf(GateWaiting.Type, m, Self, step.WorkItemId), gate.ToSnapshot()), ct);
            shut = true;
        }
        if (shut) await SetAsync(m, step, StepState.Waiting, Self, "its gate is shut", ct);
        return !shut;
    }

    /// <summary>Opens a gate. One that is no longer waiting stays as it is: opening twice, or after its time, changes nothing.</summary>
    public async Task OpenGateAsync(MoleculeRow m, GateRow gate, string by, string? reason, CancellationToken ct)
    {
        if (gate.State != GateState.Waiting || m.IsOver) return;
        await EndGateAsync(m, gate, GateState.Open, by, reason, ct);
        await db.SaveChangesAsync(ct);
        if (await StepAsync(m, gate.StepId, ct) is { State: StepState.Waiting } step
            && !await db.Gates.AnyAsync(g => g.MoleculeId == m.MoleculeId && g.StepId == step.StepId && g.State == GateState.Waiting, ct))
        {
            await SetAsync(m, step, StepState.Pending, by, reason, ct);
            await ConsiderAsync(m, step, ct);
        }
        Settle(m);
    }

    /// <summary>A person decided that the step shall not go on: it fails. A gate that is no longer waiting stays as it is.</summary>
    public async Task RefuseGateAsync(MoleculeRow m, GateRow gate, string by, string? reason, CancellationToken ct)
    {
        if (gate.State != GateState.Waiting || m.IsOver) return;
        await EndGateAsync(m, gate, GateState.Closed, by, reason ?? "refused", ct);
        if (await StepAsync(m, gate.StepId, ct) is { State: StepState.Waiting } step) await FailAsync(m, step, "permanent", $"{by} refused it{(reason is null ? "" : $": {reason}")}", by, ct);
        Settle(m);
    }

    /// <summary>A timer opens; any other gate has waited too long.</summary>
    public async Task GateDueAsync(MoleculeRow m, Guid gateId, CancellationToken ct)
    {
        if (await db.Gates.FindAsync([gateId], ct) is not { State: GateState.Waiting } gate || gate.MoleculeId != m.MoleculeId || m.IsOver) return;
        if (gate.DueAt > clock.Now())
        {
            await outbox.ScheduleAsync(new Sagas.GateDue(m.RootItemId, gate.Id), gate.DueAt.Value, ct);      // the clock was set back
            return;
        }
        if (gate.Type == "timer")
        {
            await OpenGateAsync(m, gate, Self, "its time has come", ct);
            return;
        }
        await EndGateAsync(m, gate, GateState.Expired, Self, "it was not opened in time", ct);
        await outbox.PublishAsync(new RaiseIncident($"gate-expired:{gate.Id}", Severity.Medium, Self, $"The {gate.Type} gate of {gate.StepId} in {m.MoleculeId} was not opened in time",
            $"It was due at {gate.DueAt:u}; {gate.StepId} has failed with it.", [$"See what became of it: cm molecule show {m.MoleculeId}", $"Try the step again: cm molecule step retry {m.MoleculeId} {gate.StepId}"],
            m.RigId, null, null), ct);
        if (await StepAsync(m, gate.StepId, ct) is { State: StepState.Waiting } step) await FailAsync(m, step, "timeout", $"its {gate.Type} gate was not opened in time", Self, ct);
        Settle(m);
    }

    async Task EndGateAsync(MoleculeRow m, GateRow gate, GateState state, string by, string? reason, CancellationToken ct)
    {
        (gate.State, gate.By, gate.Reason, gate.EndedAt) = (state, by, reason, clock.Now());
        if (state == GateState.Open) await outbox.PublishAsync(new GateOpened(HeaderOf(GateOpened.Type, m, by), gate.ToSnapshot()), ct);
        if (state == GateState.Expired) await outbox.PublishAsync(new GateExpired(HeaderOf(GateExpired.Type, m, by), gate.ToSnapshot()), ct);
        Note(m, null, $"gate {Word(gate)}", null, null, by, $"{gate.StepId}: {gate.Type}{(reason is null ? "" : $", {reason}")}");
    }

    /// <summary>A step's end may be what a condition waits for.</summary>
    async Task OpenConditionalsAsync(MoleculeRow m, CancellationToken ct)
    {
        if (m.Waiting == 0) return;
        foreach (var gate in await db.Gates.Where(g => g.MoleculeId == m.MoleculeId && g.State == GateState.Waiting && g.Type == "conditional").ToListAsync(ct))
            if (RunCondition.Parse(gate.Condition ?? "") is { } condition && await StepAsync(m, gate.StepId, ct) is { } step && await HoldsAsync(m, condition, step, ct) is true)
                await OpenGateAsync(m, gate, Self, gate.Condition, ct);
    }

    async Task CloseGatesAsync(MoleculeRow m, string? stepId, CancellationToken ct)
    {
        foreach (var gate in await db.Gates.Where(g => g.MoleculeId == m.MoleculeId && g.State == GateState.Waiting && (stepId == null || g.StepId == stepId)).ToListAsync(ct))
            // One that ended in this very transaction is still found by its old state.
            if (gate.State == GateState.Waiting) await EndGateAsync(m, gate, GateState.Closed, Self, "nobody waits for it any more", ct);
    }

    static string Word(GateRow gate) => gate.State.ToString().ToLowerInvariant();
}
