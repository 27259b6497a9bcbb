using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Runs;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>Failure, compensation, and the ends of a molecule.</summary>
sealed partial class MoleculeRun
{
    /// <summary>A step failed: it is tried again, or its policy decides.</summary>
    async Task FailAsync(MoleculeRow m, StepRow step, string failureClass, string reason, string by, CancellationToken ct, bool itemClosed = false)
    {
        step.FailureClass = failureClass;
        await CloseGatesAsync(m, step.StepId, ct);
        var wait = step.Kind is StepKind.Work && m.Compensating is null ? RetryRule.Wait(step.Step.Retry, step.Attempt, failureClass) : null;
        if (wait is not null && OverBudget(m, step, reason) is { } spent) (wait, step.FailureClass, reason) = (null, BudgetSpent, spent);
        if (wait is { } rest)
        {
            await SetAsync(m, step, StepState.Pending, by, reason, ct);
            await AgainAsync(m, step, clock.Now() + rest, itemClosed, reason, by, ct);
            return;
        }
        await SetAsync(m, step, StepState.Failed, by, reason, ct);
        if (by == Self) await CallSomebodyAsync(m, step, reason, ct);
        if (m.Compensating is not null)
        {
            m.Compensating = null;
            await EndAsync(m, MoleculeState.Failed, $"{step.StepId}, which was to undo a step, failed: {reason}", by, ct);
            return;
        }
        if (!itemClosed && step.WorkItemId is { } item) await outbox.PublishAsync(new CloseWorkItems(m.MoleculeId, by, [new PlannedClose(item, OutcomeKind.Failed, reason)]), ct);
        if (step.Step.OnFailure == FailurePolicy.Continue) await OverAsync(m, step, ct);
        else if (step.Step.OnFailure == FailurePolicy.Compensate) await CompensateAsync(m, step, reason, by, ct);
        else await EndAsync(m, MoleculeState.Failed, $"{step.StepId} failed: {reason}", by, ct);
    }

    /// <summary>Of an item that is no step Hook does so.</summary>
    async Task CallSomebodyAsync(MoleculeRow m, StepRow step, string reason, CancellationToken ct)
    {
        if (step is not { WorkItemId: { } item, Attempt: > 0 }) return;
        await outbox.PublishAsync(new RaiseIncident($"exhausted:{item}", Severity.High, Self, $"{step.StepId} of {m.MoleculeId} failed for good at attempt {step.Attempt}", reason,
            [$"Read what went wrong: cm show {item}", $"Try the step again when it can succeed: cm molecule step retry {m.MoleculeId} {step.StepId}"], m.RigId, item, null), ct);
    }

    async Task AgainAsync(MoleculeRow m, StepRow step, DateTimeOffset at, bool itemClosed, string reason, string by, CancellationToken ct)
    {
        step.NotBefore = at;
        step.StartedAt = null;
        // A reopened item is told ready anew; one that was only given back is ready as it was.
        step.ItemReady = !itemClosed || step.WorkItemId is null;
        step.Reopening = !step.ItemReady;
        if (itemClosed && step.WorkItemId is { } item) await outbox.PublishAsync(new ReopenWorkItems(m.MoleculeId, by, [item], $"It is tried again: {reason}"), ct);
        Note(m, step, "retry", null, null, by, reason);
        await outbox.ScheduleAsync(new Sagas.StepRetryDue(m.RootItemId, step.StepId, step.Attempt), at, ct);
    }

    /// <summary>Undoes what was done, last first: every step that names one that undoes it.</summary>
    async Task CompensateAsync(MoleculeRow m, StepRow failed, string reason, string by, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await CancelOpenAsync(m, reason, by, ct);
        var done = await db.Steps.Where(s => s.MoleculeId == m.MoleculeId && s.State == StepState.Done).OrderByDescending(s => s.Completion).ToListAsync(ct);
        m.Compensating = [.. done.Prepend(failed).Select(s => s.Step.Compensation).OfType<string>().Distinct()];
        m.Reason = $"{failed.StepId} failed: {reason}";
        await NextCompensationAsync(m, ct);
    }

    async Task CompensatedAsync(MoleculeRow m, StepRow undo, CancellationToken ct)
    {
        var rows = await db.Steps.Where(s => s.MoleculeId == m.MoleculeId && s.State == StepState.Done && s.Kind != StepKind.Compensation).ToListAsync(ct);
        foreach (var row in rows.Where(r => r.Step.Compensation == undo.StepId)) await SetAsync(m, row, StepState.Compensated, Self, null, ct);
        m.Compensating = [.. m.Compensating!.Where(c => c != undo.StepId)];
        await NextCompensationAsync(m, ct);
    }

    async Task NextCompensationAsync(MoleculeRow m, CancellationToken ct)
    {
        if (m.Compensating is not [var next, ..] || await StepAsync(m, next, ct) is not { } step)
        {
            m.Compensating = null;
            await EndAsync(m, MoleculeState.Failed, m.Reason, Self, ct);
            return;
        }
        m.Total++;
        m.Open++;
        step.ItemReady = m.Wisp;
        if (m.Wisp)
        {
            await ConsiderAsync(m, step, ct);
            return;
        }
        step.WorkItemId = Ids.Child(m.RootItemId, m.NextItem++);
        var all = new Dictionary<string, StepRow> { [step.StepId] = step };
        await outbox.PublishAsync(new CreateWorkItems(m.MoleculeId, -1, m.PouredBy, StepItems.Of(m, [step], all)), ct);
    }

    /// <summary>The end, once; what is still open is cancelled with its items.</summary>
    async Task EndAsync(MoleculeRow m, MoleculeState state, string? reason, string by, CancellationToken ct)
    {
        if (m.IsOver) return;
        await db.SaveChangesAsync(ct);
        await CancelOpenAsync(m, reason ?? "the workflow is over", by, ct, root: state == MoleculeState.Completed ? OutcomeKind.Completed : OutcomeKind.Failed);
        (m.State, m.Reason, m.EndedAt) = (state.ToString(), reason, clock.Now());
        Note(m, null, $"molecule {state.ToString().ToLowerInvariant()}", null, null, by, reason);
        await outbox.PublishAsync(state switch
        {
            MoleculeState.Completed => new MoleculeCompleted(HeaderOf(MoleculeCompleted.Type, m, by), m.ToSnapshot()),
            MoleculeState.Burned => new MoleculeBurned(HeaderOf(MoleculeBurned.Type, m, by), m.ToSnapshot()),
            _ => (object)new MoleculeFailed(HeaderOf(MoleculeFailed.Type, m, by), m.ToSnapshot()),
        }, ct);
    }

    async Task CancelOpenAsync(MoleculeRow m, string reason, string by, CancellationToken ct, OutcomeKind? root = null)
    {
        await CloseGatesAsync(m, null, ct);
        var open = await db.Steps.Where(s => s.MoleculeId == m.MoleculeId && s.Kind != StepKind.Compensation
            && (s.State == StepState.Pending || s.State == StepState.Ready || s.State == StepState.Waiting || s.State == StepState.Running)).OrderByDescending(s => s.Position).ToListAsync(ct);
        foreach (var step in open) await SetAsync(m, step, StepState.Cancelled, by, reason, ct);
        // Children come after their groups in the formula's order, and so before them here.
        var closes = open.Where(s => s.WorkItemId is not null).Select(s => new PlannedClose(s.WorkItemId!, OutcomeKind.Cancelled, reason)).ToList();
        if (root is { } kind) closes.Add(new PlannedClose(m.RootItemId, kind, reason));
        foreach (var chunk in closes.Chunk(StepItems.Batch)) await outbox.PublishAsync(new CloseWorkItems(m.MoleculeId, by, chunk), ct);
    }

    async Task RootClosedAsync(MoleculeRow m, WorkItemOutcome outcome, CancellationToken ct)
    {
        var well = outcome.Kind is OutcomeKind.Merged or OutcomeKind.Completed or OutcomeKind.NoChange;
        await EndAsync(m, well ? MoleculeState.Completed : MoleculeState.Failed, outcome.Summary, outcome.By, ct);
    }

    async Task SkipAsync(MoleculeRow m, StepRow step, string by, string? reason, CancellationToken ct, bool closeItem = false)
    {
        await CloseGatesAsync(m, step.StepId, ct);
        await SetAsync(m, step, StepState.Skipped, by, reason, ct);
        if (closeItem && step.WorkItemId is { } item) await outbox.PublishAsync(new CloseWorkItems(m.MoleculeId, by, [new PlannedClose(item, OutcomeKind.Cancelled, reason)]), ct);
        await OverAsync(m, step, ct);
    }

    static MoleculeDigest Digest(MoleculeRow m, IReadOnlyList<StepRow> steps) => new(
        m.State.ToLowerInvariant(), m.Reason, ((m.EndedAt ?? m.CreatedAt) - m.CreatedAt).TotalSeconds,
        [.. steps.OrderBy(s => s.Position).Select(s => new StepDigest(s.StepId, s.State, s.Attempt, s.EndedAt is { } end && s.StartedAt is { } start ? (end - start).TotalSeconds : null, s.WorkItemId, s.ToSnapshot().Output, s.Spending?.Total ?? 0))]);
}
