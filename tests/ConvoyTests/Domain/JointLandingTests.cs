using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Domain;

namespace ClaudeManage.ConvoyTests.Domain;

/// <summary>When a convoy that lands together may land.</summary>
public sealed class JointLandingTests
{
    static ItemFact Item(string id, WorkItemState? state, string? proved = null, bool trashed = false) => new(id, "shop", state, false, null, null, [], trashed, Proved: proved);

    [Fact]
    public void When_each_item_is_proved_or_over_and_one_is_left()
    {
        Assert.Equal(["m1", "m2"], JointLanding.Ready([Item("b", WorkItemState.Submitted, "m2"), Item("a", WorkItemState.Submitted, "m1"), Item("c", WorkItemState.Closed), Item("d", WorkItemState.Open, trashed: true)]));
        Assert.Null(JointLanding.Ready([Item("a", WorkItemState.Submitted, "m1"), Item("b", WorkItemState.Submitted)]));
        Assert.Null(JointLanding.Ready([Item("a", WorkItemState.Submitted, "m1"), Item("b", null)]));
        Assert.Null(JointLanding.Ready([Item("a", WorkItemState.Closed, "m1")]));
        Assert.Null(JointLanding.Ready([]));
    }

    [Theory]
    [InlineData(0, 0, 1, 1, true)]
    [InlineData(1, 5, 1, 6, true)]
    [InlineData(1, 5, 1, 5, false)]
    [InlineData(1, 5, 2, 1, true)]
    [InlineData(2, 1, 1, 9, false)]
    public void A_later_lease_is_news_and_of_the_same_a_later_version(long knownFence, long known, long fence, long version, bool news) =>
        Assert.Equal(news, JointLanding.IsNews(knownFence, known, fence, version));
}
