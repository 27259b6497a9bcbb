using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Unit.Contracts;

/// <summary>What a convoy and a step call low, and what spent.</summary>
public sealed class BudgetTests
{
    [Theory]
    [InlineData(null, 100, false, false)]
    [InlineData(10, 7.99, false, false)]
    [InlineData(10, 8, true, false)]
    [InlineData(10, 10, true, true)]
    public void A_budget_is_low_from_four_fifths_on_and_spent_when_it_is(int? budget, double spent, bool low, bool over) =>
        Assert.Equal((low, over), (Budget.IsLow(budget, (decimal)spent), Budget.IsSpent(budget, (decimal)spent)));

    public static TheoryData<Usage, bool, decimal> Words => new()
    {
        { new(), true, 0 },
        { new(1, 2, 0.5m), true, 0.5m },
        { new(CostUsd: Budget.MostUsd), true, Budget.MostUsd },
        { new(CostUsd: Budget.MostUsd + 0.01m), false, Budget.MostUsd },
        { new(CostUsd: -0.01m), false, 0 },
        { new(InputTokens: -1, CostUsd: 1), false, 1 },
        { new(OutputTokens: -1, CostUsd: 1), false, 1 },
    };

    [Theory, MemberData(nameof(Words))]
    public void Of_a_sessions_word_only_what_it_can_have_used_is_taken(Usage usage, bool possible, decimal counted) =>
        Assert.Equal((possible, counted), (Budget.IsPossible(usage), Budget.Counted(usage.CostUsd)));
}
