using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Supervisor;

/// <summary>A machine that runs agents.</summary>
/// <param name="Slots">Sessions it runs at once.</param>
/// <param name="Rigs">Rigs it can serve; empty means all.</param>
/// <param name="Url">Where its own surface is reached by the gateway; null where nobody needs to.</param>
public sealed record NodeSnapshot(
    string NodeId,
    int Slots,
    IReadOnlyList<string> Rigs,
    IReadOnlyList<string> Runtimes,
    IReadOnlyList<string> Tags,
    bool Draining,
    DateTimeOffset StartedAt,
    string? Url = null);

/// <summary>Where an agent's run stands.</summary>
[JsonConverter(typeof(SnakeCase<SessionState>))]
public enum SessionState
{
    /// <summary>Worktree and environment are being made.</summary>
    Preparing,

    /// <summary>The process runs.</summary>
    Running,

    /// <summary>It ended by itself.</summary>
    Exited,

    /// <summary>It was ended.</summary>
    Stopped,

    /// <summary>Found dead after a crash of its supervisor.</summary>
    Lost,

    /// <summary>It never started.</summary>
    StartFailed,
}

/// <summary>One run of an agent program on one item under one lease.</summary>
/// <param name="Pid">Process id, which is also its process group.</param>
/// <param name="ProcessStart">Start time of the process in clock ticks since boot: with the pid its identity.</param>
/// <param name="OutputBytes">Bytes of transcript on disk.</param>
public sealed record SessionSnapshot(
    Guid Id,
    string NodeId,
    string AgentId,
    string RigId,
    string WorkItemId,
    Guid AssignmentId,
    long Fence,
    SessionState State,
    int? Pid,
    long? ProcessStart,
    int? ExitCode,
    string? Reason,
    string? Worktree,
    long OutputBytes,
    string? Progress,
    DateTimeOffset? LastProgressAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt);

/// <summary>Where the cause of a failed start lies.</summary>
[JsonConverter(typeof(SnakeCase<StartFault>))]
public enum StartFault
{
    /// <summary>What the rig asks for cannot be started (its settings, its repository, its setup, its program): the next try fails as well until somebody changes something.</summary>
    Rig,

    /// <summary>The node or the town was not ready, or had changed its mind: it says nothing about what should have been started.</summary>
    Town,
}

/// <summary>Command to one node: claim the assignment and run its agent.</summary>
public sealed record StartSession(
    Guid SessionId, string NodeId, Guid AssignmentId, string AgentId, string RigId, string WorkItemId, string RequestedBy);

/// <summary>Command to one node: end a session. It names the spawn it is meant for, so a late one ends nothing else.</summary>
/// <param name="HandoffTo">The hook that goes on with it; null means its own.</param>
/// <param name="StartedAt">When the process meant was started; another one is left alone.</param>
public sealed record StopSession(Guid SessionId, string NodeId, string Reason, bool Handoff, string RequestedBy, string? HandoffTo = null, DateTimeOffset? StartedAt = null, bool Halt = false);

/// <summary>Command to one node: say something to a running session. It names the spawn it is meant for.</summary>
/// <param name="Kind">nudge, or handoff: a request to hand off by itself.</param>
public sealed record NudgeSession(Guid NudgeId, Guid SessionId, string NodeId, DateTimeOffset? StartedAt, string Kind, string Text, string RequestedBy);

/// <summary>Signal, not in the trail: a node is alive, with the sessions it holds.</summary>
public sealed record NodeHeartbeat(NodeSnapshot Node, IReadOnlyList<SessionSignal> Sessions, DateTimeOffset At);

/// <summary>A live session as its node sees it.</summary>
/// <param name="BusyAt">When its processes last used the processor noticeably; null where that is not known.</param>
/// <param name="Repeats">Lines in a row that it had printed shortly before.</param>
public sealed record SessionSignal(
    Guid SessionId, Guid AssignmentId, string AgentId, string WorkItemId, long Fence, DateTimeOffset? LastProgressAt, long OutputBytes, string? Progress,
    DateTimeOffset? BusyAt = null, int Repeats = 0, DateTimeOffset? RepeatsSince = null);
