using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Output;

/// <summary>States in their words and colours, the same on every screen.</summary>
static class Styles
{
    public static Span Of(WorkItemState state, bool ready) => state switch
    {
        WorkItemState.Open => ready ? new("ready", "green") : new("open", null),
        WorkItemState.InProgress => new("in_progress", "blue"),
        WorkItemState.Submitted => new("submitted", "aqua"),
        WorkItemState.Parked => new("parked", "yellow"),
        WorkItemState.Closed => new("closed", "grey"),
        _ => new(Text.Wire(state)),
    };

    public static Span Of(AgentState state) => new(Text.Wire(state), state switch
    {
        AgentState.Working => "blue",
        AgentState.Stalled or AgentState.Parked => "yellow",
        AgentState.Lost => "red",
        AgentState.Retired => "grey",
        _ => null,
    });

    public static Span Of(AgentHealthState state) => new(Text.Wire(state), state switch
    {
        AgentHealthState.Working => "blue",
        AgentHealthState.Quiet or AgentHealthState.Nudged => "yellow",
        AgentHealthState.Stuck or AgentHealthState.Looping or AgentHealthState.Zombie or AgentHealthState.Dead or AgentHealthState.Unreachable or AgentHealthState.PropulsionFailure => "red",
        _ => null,
    });

    public static Span Of(MergeRequestState state) => new(Text.Wire(state), state switch
    {
        MergeRequestState.Merged => "green",
        MergeRequestState.Conflicted or MergeRequestState.Rejected => "red",
        MergeRequestState.Gating or MergeRequestState.Landing or MergeRequestState.Proved => "blue",
        MergeRequestState.Superseded => "grey",
        _ => null,
    });

    public static Span Of(GateResult result) => new(Text.Wire(result), result switch
    {
        GateResult.Passed => "green",
        GateResult.Running => "blue",
        _ => "red",
    });

    public static Span Of(SessionState state) => new(Text.Wire(state), state switch
    {
        SessionState.Running => "blue",
        SessionState.Lost or SessionState.StartFailed => "red",
        SessionState.Stopped => "yellow",
        _ => null,
    });

    public static Span Of(Severity severity) => new(Text.Wire(severity), severity is Severity.Critical or Severity.High ? "red" : severity == Severity.Medium ? "yellow" : "grey");
}
