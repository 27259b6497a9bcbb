using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Convoy.Running;

/// <summary>Deadline and budget. Each fact of them is told once, by a mark on the row; a due time looks at the deadline, not a timer.</summary>
sealed partial class ConvoyRun
{
    /// <summary>New terms; what was told of the old deadline or budget may be told anew.</summary>
    public async Task ChangeAsync(ConvoyRow row, UpdateConvoyRequest change, string actor, CancellationToken ct)
    {
        var (deadline, budget) = (row.Deadline, row.BudgetUsd);
        row.Name = change.Name ?? row.Name;
        row.Goal = change.Goal ?? row.Goal;
        row.Deadline = Has(ConvoyTerm.Deadline) ? null : change.Deadline?.ToUniversalTime() ?? row.Deadline;
        row.BudgetUsd = Has(ConvoyTerm.Budget) ? null : change.BudgetUsd ?? row.BudgetUsd;
        row.MaxParallel = Has(ConvoyTerm.MaxParallel) ? null : change.MaxParallel ?? row.MaxParallel;
        row.StallAfterSeconds = change.StallAfterSeconds ?? row.StallAfterSeconds;
        row.Notify = change.Notify is { } notify ? [.. notify.Distinct()] : row.Notify;
        if (row.Deadline != deadline) (row.LateAt, row.OverdueAt) = (null, null);
        if (row.BudgetUsd != budget) row.BudgetLowAt = null;
        // Who binds it wants to hear of it.
        row.Watched |= row.Deadline is not null || row.BudgetUsd is not null;
        await TellAsync(row, new ConvoyUpdated(Header(ConvoyUpdated.Type, row, actor), await reader.SnapshotAsync(row, ct)), "its terms", ct);
        if (row.State != nameof(ConvoyState.Open)) return;
        await JudgeTermsAsync(row, ct);
        await GoOnAsync(row, ct);
        await ConsiderStrandingAsync(row, ct);

        bool Has(ConvoyTerm term) => change.Clear?.Contains(term) ?? false;
    }

    /// <summary>The time has come to look at its deadline.</summary>
    public async Task DeadlineDueAsync(ConvoyRow row, Guid token, CancellationToken ct)
    {
        if (row.DeadlineToken != token) return;
        row.DeadlineToken = null;
        await JudgeDeadlineAsync(row, ct);
    }

    async Task JudgeTermsAsync(ConvoyRow row, CancellationToken ct)
    {
        await JudgeBudgetAsync(row, ct);
        await JudgeDeadlineAsync(row, ct);
    }

    async Task JudgeBudgetAsync(ConvoyRow row, CancellationToken ct)
    {
        row.OverBudget = false;
        if (row.BudgetUsd is null) return;
        await db.SaveChangesAsync(ct);
        var spent = await reader.SpentAsync(row.ConvoyId, ct);
        row.OverBudget = Budget.IsSpent(row.BudgetUsd, spent);
        if (row.BudgetLowAt is not null || !Budget.IsLow(row.BudgetUsd, spent)) return;
        row.BudgetLowAt = clock.Now();
        // What is spent altogether strands it, and that is told then.
        if (!row.OverBudget) await TellAsync(row, new ConvoyBudgetLow(Header(ConvoyBudgetLow.Type, row, Self), await reader.SnapshotAsync(row, ct), spent), FormattableString.Invariant($"{spent:0.00} of {row.BudgetUsd:0.00} USD"), ct);
    }

    async Task JudgeDeadlineAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row.DeadlineToken is { } old) await outbox.CancelAsync(old, ct);
        row.DeadlineToken = null;
        if (row.State != nameof(ConvoyState.Open) || row.OverdueAt is not null || row.Deadline is not { } deadline) return;
        await db.SaveChangesAsync(ct);
        var (now, told) = (clock.Now(), row.LateAt is not null);
        var estimate = told || deadline <= now ? null : (await plans.PlanAsync(row, ct)).Estimate;
        var (news, again) = Deadlines.Judge(now, deadline, estimate, told);
        if (news == DeadlineNews.Overdue) await OverdueAsync(row, deadline, now, ct);
        else if (news == DeadlineNews.Late)
        {
            row.LateAt = now;
            var expected = Deadlines.Expected(now, estimate);
            await TellAsync(row, new ConvoyLate(Header(ConvoyLate.Type, row, Self), await reader.SnapshotAsync(row, ct), expected), $"expected at {expected:u}, to be landed by {deadline:u}", ct);
        }
        if (again is not { } at) return;
        row.DeadlineToken = Ids.Ordered(now);
        await outbox.ScheduleAsync(new Sagas.ConvoyDeadlineDue(row.ConvoyId, row.DeadlineToken.Value), at, row.DeadlineToken.Value, ct);
    }

    async Task OverdueAsync(ConvoyRow row, DateTimeOffset deadline, DateTimeOffset now, CancellationToken ct)
    {
        row.OverdueAt = now;
        var snapshot = await reader.SnapshotAsync(row, ct);
        await TellAsync(row, new ConvoyOverdue(Header(ConvoyOverdue.Type, row, Self), snapshot), $"to be landed by {deadline:u}", ct);
        await outbox.PublishAsync(new RaiseIncident($"overdue:{row.ConvoyId}:{deadline:u}", Severity.High, Self, $"The convoy {row.ConvoyId} ({row.Name}) is overdue",
            $"It should have landed by {deadline:u}; {snapshot.Progress.Closed} of {snapshot.Progress.Total} items are closed.",
            [$"See what it waits for: cm convoy show {row.ConvoyId}", $"Give it more time: cm convoy set {row.ConvoyId} --deadline TIME"], null, null, null), ct);
    }

    async Task EndTermsAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row.DeadlineToken is { } old) await outbox.CancelAsync(old, ct);
        (row.DeadlineToken, row.OverBudget) = (null, false);
    }
}
