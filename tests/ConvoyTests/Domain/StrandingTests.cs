using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Domain;

namespace ClaudeManage.ConvoyTests.Domain;

/// <summary>When a convoy needs somebody, and for what.</summary>
public sealed class StrandingTests
{
    static ItemFact Item(string id, WorkItemState state = WorkItemState.Open, bool ready = false, string? hold = null, WorkItemType type = WorkItemType.Task) =>
        new(id, "shop", state, ready, null, null, [], Type: type, Hold: hold, HoldReason: hold);

    static Stuck? Find(double quietMinutes, string? blocker = null, params ItemFact[] items) =>
        Stranding.Find(new StrandingFacts("hq-cv-aaaaa", false, TimeSpan.FromMinutes(quietMinutes), TimeSpan.FromMinutes(15), items, blocker));

    [Fact]
    public void What_is_held_strands_at_once_and_the_used_up_one_first()
    {
        Assert.Equal("held", Find(0, null, Item("a", hold: "taken-off"))!.Code);
        Assert.Equal(("exhausted", "b"), (Find(0, null, Item("a", hold: "refused"), Item("b", hold: "exhausted"))!.Code, Find(0, null, Item("a", hold: "refused"), Item("b", hold: "exhausted"))!.WorkItemId));
        Assert.Null(Find(0, null, Item("a", WorkItemState.InProgress, hold: "exhausted")));
    }

    [Theory]
    [InlineData(WorkItemState.Open, true, WorkItemType.Task, "nobody-on-it")]
    [InlineData(WorkItemState.Open, true, WorkItemType.Decision, "waiting-for-person")]
    [InlineData(WorkItemState.Hooked, false, WorkItemType.Task, "nobody-on-it")]
    [InlineData(WorkItemState.Submitted, false, WorkItemType.Task, "stalled")]
    [InlineData(WorkItemState.Parked, false, WorkItemType.Task, "parked")]
    [InlineData(WorkItemState.Open, false, WorkItemType.Task, "blocked-outside")]
    public void The_rest_when_nothing_has_moved_for_so_long(WorkItemState state, bool ready, WorkItemType type, string code)
    {
        Assert.Null(Find(14, "sh-out", Item("a", state, ready, type: type)));
        var stuck = Find(15, "sh-out", Item("a", state, ready, type: type))!;
        Assert.Equal(code, stuck.Code);
        Assert.Contains("cm ", stuck.Next);
    }

    [Fact]
    public void A_step_is_its_workflows_to_begin()
    {
        var stuck = Find(15, null, Item("sh-molx7k2m.2", ready: true))!;
        Assert.Equal(("stalled", "sh-molx7k2m.2"), (stuck.Code, stuck.WorkItemId));
        Assert.Contains("cm gate list", stuck.Next);
    }

    [Fact]
    public void Running_work_is_given_longer()
    {
        Assert.Null(Find(45, null, Item("a", WorkItemState.InProgress), Item("b", ready: true)));
        Assert.Equal(("stalled", "a"), (Find(60, null, Item("a", WorkItemState.InProgress))!.Code, Find(60, null, Item("a", WorkItemState.InProgress))!.WorkItemId));
    }

    [Fact]
    public void Nothing_left_is_no_reason() => Assert.Null(Find(999, null, Item("a", WorkItemState.Closed)));
}
