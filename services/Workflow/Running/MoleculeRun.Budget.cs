using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Runs;

namespace ClaudeManage.Workflow.Running;

/// <summary>What the attempts at a step cost, and the end of a step that has spent its budget.</summary>
sealed partial class MoleculeRun
{
    /// <summary>The failure class of a step that has spent its budget; no retry names it.</summary>
    const string BudgetSpent = "over-budget";

    /// <summary>An attempt is over: its cost counts, also of a step or a molecule that is over.</summary>
    public async Task<StepRow?> CostAsync(MoleculeRow m, AssignmentSnapshot assignment, CancellationToken ct)
    {
        if (assignment.Result is not { } result || await StepOfItemAsync(m, assignment.WorkItemId, ct) is not { } step) return null;
        step.Spending = (step.Spending ?? StepSpending.None).Ended(result.Fence, result.Usage?.CostUsd ?? 0, result.Outcome is CompletionOutcome.Completed or CompletionOutcome.NoChange);
        return step;
    }

    /// <summary>An attempt is over while the molecule runs. When its worker said failed, Hook may give it to another one, unless the budget is spent.</summary>
    public async Task AttemptEndedAsync(MoleculeRow m, AssignmentSnapshot assignment, CancellationToken ct)
    {
        if (await CostAsync(m, assignment, ct) is not { IsOver: false } step) return;
        string? why = null;
        if (assignment.Result is { Outcome: CompletionOutcome.Failed or CompletionOutcome.Blocked } result)
        {
            step.FailureClass = result.FailureClass ?? "permanent";
            step.Reason = why = result.Reason ?? result.Summary;
            Note(m, step, "attempt-failed", null, null, result.By, step.Reason);
        }
        if (!await EndOverBudgetAsync(m, step, why, ct)) await TellBudgetLowAsync(m, step, ct);
    }

    /// <summary>Ends a step that has spent its budget, and with it the attempt that runs. What was handed in is left to whoever decides on it: it is paid for.</summary>
    /// <param name="why">What the last attempt came to, where that is known.</param>
    async Task<bool> EndOverBudgetAsync(MoleculeRow m, StepRow step, string? why, CancellationToken ct)
    {
        if (Awaits(step) || OverBudget(m, step, why) is not { } spent) return false;
        await StopAsync(m, step, BudgetSpent, spent, ct);
        return true;
    }

    async Task TellBudgetLowAsync(MoleculeRow m, StepRow step, CancellationToken ct)
    {
        if (step.Spending is not { Low: false } spending || Awaits(step) || !Budget.IsLow(step.Step.BudgetUsd, spending.Spent)) return;
        step.Spending = spending with { Low = true };
        Note(m, step, "budget-low", null, null, Self, FormattableString.Invariant($"{spending.Spent:0.00} of {step.Step.BudgetUsd:0.00} USD are spent"));
        await outbox.PublishAsync(new StepBudgetLow(HeaderOf(StepBudgetLow.Type, m, Self, step.WorkItemId), step.ToSnapshot()), ct);
    }

    /// <summary>Why no further attempt is begun; null while there is something left, or no budget.</summary>
    static string? OverBudget(MoleculeRow m, StepRow step, string? why)
    {
        var spent = step.Spending?.Spent ?? 0;
        if (!Budget.IsSpent(step.Step.BudgetUsd, spent)) return null;
        return FormattableString.Invariant($"over-budget: its attempts cost {spent:0.00} of {step.Step.BudgetUsd:0.00} USD{(why is null ? "" : $", and the last one ended with: {why.TrimEnd('.', '\n')}")}. ")
            + $"`cm molecule step retry {m.MoleculeId} {step.StepId}` grants the budget once more; for a higher one change the formula, then `cm molecule migrate {m.MoleculeId}`.";
    }

    static bool Awaits(StepRow step) => step.Spending?.Awaits(step.Fence) is true;

    /// <summary>Whoever tries a step again by hand grants what its formula allows once more.</summary>
    static void Grant(StepRow step) => step.Spending = step.Spending?.Granted(step.Fence);
}
