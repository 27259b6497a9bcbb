using System.Text.Json;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>What a person (or a wisp's worker) may do to a molecule. A verb that is no longer of use is refused with the reason.</summary>
sealed partial class MoleculeRun
{
    public async Task TickAsync(MoleculeRow m, StepRow step, JsonElement? output, string? summary, string by, CancellationToken ct)
    {
        if (step.State == StepState.Done) return;
        RequireRunning(m);
        if (step.State is not (StepState.Ready or StepState.Running))
            throw Refusal.Conflict("step-not-ready", $"{step.StepId} is {Word(step.State)}: {(step.State == StepState.Pending ? $"it needs {string.Join(", ", step.Step.Needs)}" : step.Reason)}. Only what is ready or running can be done.", ("state", step.State)).AsException();
        await DoneAsync(m, step, output, by, summary, ct, closeItem: true);
        Settle(m);
    }

    public async Task RetryAsync(MoleculeRow m, StepRow step, string by, CancellationToken ct)
    {
        if (m.State is not (nameof(MoleculeState.Running) or nameof(MoleculeState.Waiting) or nameof(MoleculeState.Failed)))
            throw Refusal.Conflict("molecule-over", $"{m.MoleculeId} is {m.State.ToLowerInvariant()}; fork it from this step to run it again.").AsException();
        var stuck = step is { State: StepState.Ready, WorkItemId: not null, Step.Interactive: false };
        if (step.State is not (StepState.Failed or StepState.Cancelled) && !stuck)
            throw Refusal.Conflict("step-not-failed", $"{step.StepId} is {Word(step.State)}; only a failed step is tried again.", ("state", step.State)).AsException();
        Grant(step);
        if (stuck)
        {
            await SetAsync(m, step, StepState.Pending, by, "tried again", ct);
            await ConsiderAsync(m, step, ct);
            return;
        }
        var revived = m.State == nameof(MoleculeState.Failed)
            ? await db.Steps.Where(s => s.MoleculeId == m.MoleculeId && s.State == StepState.Cancelled).OrderBy(s => s.Position).ToListAsync(ct) : [];
        m.Reopening = m.Wisp && m.State == nameof(MoleculeState.Failed);
        (m.State, m.Reason, m.EndedAt) = (nameof(MoleculeState.Running), null, null);
        var again = revived.Append(step).Distinct().OrderBy(s => s.Position).ToList();
        foreach (var each in again)
        {
            await SetAsync(m, each, StepState.Pending, by, "tried again", ct);
            (each.ItemReady, each.Reopening, each.NotBefore) = (each.WorkItemId is null, each.WorkItemId is not null, null);
        }
        List<string> items = [m.RootItemId, .. again.Select(s => s.WorkItemId).OfType<string>()];
        foreach (var chunk in items.Chunk(StepItems.Batch)) await outbox.PublishAsync(new ReopenWorkItems(m.MoleculeId, by, chunk, $"{step.StepId} is tried again"), ct);
        await db.SaveChangesAsync(ct);
        await ConsiderAllAsync(m, ct);
        Settle(m);
    }

    public async Task SkipByHandAsync(MoleculeRow m, StepRow step, string reason, string by, CancellationToken ct)
    {
        RequireRunning(m);
        if (step.State == StepState.Skipped) return;
        if (step.IsOver || step.Kind is StepKind.Group or StepKind.Loop)
            throw Refusal.Conflict("step-over", $"{step.StepId} is {(step.IsOver ? Word(step.State) : "a group; skip its steps")}.").AsException();
        await SkipAsync(m, step, by, reason, ct, closeItem: true);
        Settle(m);
    }

    public async Task PauseAsync(MoleculeRow m, string by, CancellationToken ct)
    {
        RequireRunning(m);
        if (m.Paused) return;
        m.Paused = true;
        Note(m, null, "paused", null, null, by, null);
        await outbox.PublishAsync(new MoleculePaused(HeaderOf(MoleculePaused.Type, m, by), m.ToSnapshot()), ct);
    }

    public async Task ResumeAsync(MoleculeRow m, string by, CancellationToken ct)
    {
        RequireRunning(m);
        if (!m.Paused) return;
        m.Paused = false;
        Note(m, null, "resumed", null, null, by, null);
        await outbox.PublishAsync(new MoleculeResumed(HeaderOf(MoleculeResumed.Type, m, by), m.ToSnapshot()), ct);
        if (m.State != nameof(MoleculeState.Pouring)) await ConsiderAllAsync(m, ct);
        Settle(m);
    }

    public async Task CancelAsync(MoleculeRow m, string? reason, string by, CancellationToken ct)
    {
        if (m.State == nameof(MoleculeState.Failed)) return;
        RequireRunning(m);
        m.Compensating = null;
        await EndAsync(m, MoleculeState.Failed, $"cancelled: {reason ?? "no reason was given"}", by, ct);
    }

    public async Task SquashAsync(MoleculeRow m, string by, CancellationToken ct)
    {
        if (m.State == nameof(MoleculeState.Squashed)) return;
        if (m.State is not (nameof(MoleculeState.Completed) or nameof(MoleculeState.Failed)))
            throw Refusal.Conflict("molecule-running", $"{m.MoleculeId} is {m.State.ToLowerInvariant()}; it is squashed when it is over. Cancel it first to give it up.").AsException();
        m.Digest = new MoleculeDigestColumn(Digest(m, await db.Steps.AsNoTracking().Where(s => s.MoleculeId == m.MoleculeId).ToListAsync(ct)));
        await DropAsync(m, ct);
        m.State = nameof(MoleculeState.Squashed);
        Note(m, null, "molecule squashed", null, null, by, null);
        await outbox.PublishAsync(new MoleculeSquashed(HeaderOf(MoleculeSquashed.Type, m, by), m.ToSnapshot()), ct);
    }

    public async Task BurnAsync(MoleculeRow m, string? reason, string by, CancellationToken ct)
    {
        if (m.State is nameof(MoleculeState.Burned) or nameof(MoleculeState.Squashed)) return;
        if (!m.IsOver)
        {
            m.Compensating = null;
            await EndAsync(m, MoleculeState.Burned, reason, by, ct);
        }
        else
        {
            (m.State, m.Reason) = (nameof(MoleculeState.Burned), reason);
            Note(m, null, "molecule burned", null, null, by, reason);
            await outbox.PublishAsync(new MoleculeBurned(HeaderOf(MoleculeBurned.Type, m, by), m.ToSnapshot()), ct);
        }
        await db.SaveChangesAsync(ct);
        await DropAsync(m, ct);
    }

    async Task DropAsync(MoleculeRow m, CancellationToken ct)
    {
        await db.Steps.Where(s => s.MoleculeId == m.MoleculeId).ExecuteDeleteAsync(ct);
        await db.Gates.Where(g => g.MoleculeId == m.MoleculeId).ExecuteDeleteAsync(ct);
    }

    static void RequireRunning(MoleculeRow m)
    {
        if (m.IsOver) throw Refusal.Conflict("molecule-over", $"{m.MoleculeId} is {m.State.ToLowerInvariant()}; nothing of it runs any more.", ("state", m.State.ToLowerInvariant())).AsException();
    }
}
