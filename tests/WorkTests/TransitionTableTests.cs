using ClaudeManage.Contracts.Work;
using ClaudeManage.Work.Domain;
using static ClaudeManage.Contracts.Work.WorkItemState;
using static ClaudeManage.Work.Domain.TransitionCause;

namespace ClaudeManage.WorkTests;

public sealed class TransitionTableTests
{
    // The table of the specification, written a second time: rows are states, columns causes.
    static readonly Dictionary<WorkItemState, Dictionary<TransitionCause, WorkItemState>> Expected = new()
    {
        [Open] = new() { [Slung] = Hooked, [Decided] = Closed },
        [Hooked] = new() { [LeaseGranted] = InProgress, [TransitionCause.Parked] = WorkItemState.Parked, [Released] = Open, [Decided] = Closed },
        [InProgress] = new()
        {
            [TransitionCause.Parked] = WorkItemState.Parked,
            [LeaseLost] = Hooked,
            [Released] = Open,
            [TransitionCause.Submitted] = WorkItemState.Submitted,
            [Completed] = Closed,
            [Decided] = Closed,
        },
        [WorkItemState.Parked] = new() { [Resumed] = Hooked, [Released] = Open, [Decided] = Closed },
        [WorkItemState.Submitted] = new() { [Merged] = Closed, [SentBack] = Open, [Decided] = Closed },
        [Closed] = new() { [Reopened] = Open },
    };

    public static TheoryData<string, string> Square => new(
        from state in Enum.GetValues<WorkItemState>() from cause in Enum.GetValues<TransitionCause>() select (state.ToString(), cause.ToString()));

    [Theory, MemberData(nameof(Square))]
    public void Every_state_and_cause(string stateName, string causeName)
    {
        var (state, cause) = (Enum.Parse<WorkItemState>(stateName), Enum.Parse<TransitionCause>(causeName));
        WorkItemState? expected = Expected[state].TryGetValue(cause, out var to) ? to : null;
        Assert.Equal(expected, Transitions.Next(state, cause));
    }

    [Theory, MemberData(nameof(Square))]
    public void A_path_takes_only_steps_of_the_table(string stateName, string toName)
    {
        if (!Enum.TryParse<WorkItemState>(toName, out var to)) return;
        var state = Enum.Parse<WorkItemState>(stateName);
        if (Transitions.PathTo(state, to, again: true) is not { } path) return;
        Assert.Equal(to, path[^1].To);
        foreach (var step in path)
        {
            Assert.Equal(step.To, Transitions.Next(state, step.Cause));
            state = step.To;
        }
    }

    [Fact]
    public void Late_events_are_walked_through()
    {
        Assert.Equal([Hooked, InProgress], Path(Open, InProgress));
        Assert.Equal([Open, Hooked], Path(WorkItemState.Submitted, Hooked));
        Assert.Equal([Hooked, InProgress], Path(InProgress, InProgress, again: true));
        Assert.Equal([Open, Hooked, InProgress, WorkItemState.Submitted], Path(WorkItemState.Submitted, WorkItemState.Submitted, again: true));
        Assert.Equal([InProgress, WorkItemState.Submitted, Closed], Path(Hooked, Closed, Merged));
        Assert.Equal([InProgress, Closed], Path(Hooked, Closed, Completed));
        Assert.Equal([Open], Path(InProgress, Open));
        Assert.Empty(Path(Hooked, Hooked)!);
    }

    [Fact]
    public void Nobodys_decision_is_implied()
    {
        foreach (var state in Enum.GetValues<WorkItemState>())
        {
            if (state != Closed) Assert.Null(Path(state, Closed));
            if (state != Closed) Assert.Null(Path(Closed, state));
        }
    }

    static IEnumerable<WorkItemState>? Path(WorkItemState from, WorkItemState to, TransitionCause? ending = null, bool again = false) =>
        Transitions.PathTo(from, to, ending, again)?.Select(s => s.To);
}
