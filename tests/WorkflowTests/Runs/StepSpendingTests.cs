using System.Text.Json;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Workflow.Domain.Runs;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>What attempts cost: counted once each, in whatever order they are told.</summary>
public sealed class StepSpendingTests
{
    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(3, 2, 1)]
    [InlineData(2, 3, 1, 2, 3, 3)]
    public void Attempts_count_once_in_any_order(params int[] told)
    {
        var spending = told.Aggregate(StepSpending.None, (s, fence) => s.Ended(fence, fence / 10m, handedIn: fence == 3));
        Assert.Equal((0.6m, 0.6m, 3L, true), (spending.Total, spending.Spent, spending.Last, spending.HandedIn));
    }

    [Fact]
    public void What_costs_nothing_is_no_entry_and_what_costs_too_much_to_be_true_can_still_be_added_up()
    {
        var spending = StepSpending.None.Ended(1, 0, false).Ended(2, -5, false);
        Assert.Equal((0, 2L), (spending.Attempts.Count, spending.Last));
        Assert.Equal(2 * Budget.MostUsd, spending.Ended(3, decimal.MaxValue, false).Ended(4, decimal.MaxValue, false).Total);
    }

    [Fact]
    public void A_grant_leaves_out_every_attempt_that_was_begun_also_one_that_is_told_of_later()
    {
        var granted = (StepSpending.None.Ended(4, 2, false) with { Low = true }).Granted(6);
        Assert.Equal((2m, 0m, false), (granted.Total, granted.Spent, granted.Low));
        Assert.Equal((3.5m, 0m), (granted.Ended(6, 1.5m, false).Total, granted.Ended(6, 1.5m, false).Spent));
        Assert.Equal((3m, 1m), (granted.Ended(7, 1, false).Total, granted.Ended(7, 1, false).Spent));
        // What was told of counts as begun, though its beginning was not heard of.
        Assert.Equal(0m, StepSpending.None.Ended(4, 2, false).Granted(3).Spent);
    }

    [Fact]
    public void What_was_handed_in_waits_until_it_is_sent_back_or_somebody_begins_anew()
    {
        var done = StepSpending.None.Ended(1, 1, false).Ended(2, 1, true);
        Assert.Equal([true, false, false], [done.Awaits(2), done.Awaits(3), done.SentBack(2).Awaits(2)]);
        Assert.True(done.SentBack(1).Awaits(2));                    // that was of an earlier attempt
        Assert.True(done.Ended(1, 1, false).Awaits(2));             // told late
        Assert.False(done.Ended(3, 1, false).Awaits(2));
    }

    [Fact]
    public void It_is_kept_as_it_is()
    {
        var spending = StepSpending.None.Ended(1, 0.1m, false).Granted(1).Ended(2, 12.345m, true);
        var kept = JsonSerializer.Deserialize<StepSpending>(JsonSerializer.Serialize(spending, JsonSerializerOptions.Web), JsonSerializerOptions.Web)!;
        Assert.Equal((spending.Total, spending.Spent, spending.Last, spending.HandedIn, spending.Since), (kept.Total, kept.Spent, kept.Last, kept.HandedIn, kept.Since));
    }
}
