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
}
