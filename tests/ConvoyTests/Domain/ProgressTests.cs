using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Domain;

namespace ClaudeManage.ConvoyTests.Domain;

/// <summary>The arithmetic of an initiative.</summary>
public sealed class ProgressTests
{
    static ItemFact Item(string id, WorkItemState? state, bool ready = false, OutcomeKind? outcome = null, params string[] blockedBy) =>
        new(id, "shop", state, ready, outcome, null, blockedBy);

    [Fact]
    public void Counts_every_item_once_but_failures_twice()
    {
        var progress = Progress.Count(
        [
            Item("a", WorkItemState.Closed, outcome: OutcomeKind.Merged), Item("b", WorkItemState.Closed, outcome: OutcomeKind.Failed), Item("c", WorkItemState.Submitted),
            Item("d", WorkItemState.InProgress), Item("e", WorkItemState.Open, ready: true), Item("f", WorkItemState.Hooked), Item("g", WorkItemState.Open), Item("h", null),
            Item("i", WorkItemState.Parked),
        ]);
        Assert.Equal((9, 2, 1, 1, 2, 3, 1), (progress.Total, progress.Closed, progress.Submitted, progress.Running, progress.Ready, progress.Blocked, progress.Failed));
    }

    [Fact]
    public void Is_complete_only_when_there_is_something_and_all_of_it_is_closed()
    {
        Assert.False(Progress.IsComplete([]));
        Assert.False(Progress.IsComplete([Item("a", WorkItemState.Closed), Item("b", WorkItemState.Submitted)]));
        Assert.False(Progress.IsComplete([Item("a", WorkItemState.Closed), Item("b", null)]));
        Assert.True(Progress.IsComplete([Item("a", WorkItemState.Closed), Item("b", WorkItemState.Closed)]));
    }

    [Fact]
    public void What_is_in_the_trash_does_not_count()
    {
        var gone = Item("a", WorkItemState.Open, ready: true) with { Trashed = true };
        Assert.Equal((1, 1, 0), (Progress.Count([gone, Item("b", WorkItemState.Closed)]).Total, Progress.Count([gone, Item("b", WorkItemState.Closed)]).Closed, Progress.Count([gone]).Ready));
        Assert.True(Progress.IsComplete([gone, Item("b", WorkItemState.Closed)]));
        Assert.False(Progress.IsComplete([gone]));
    }
}
