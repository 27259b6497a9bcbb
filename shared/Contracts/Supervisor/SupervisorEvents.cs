namespace ClaudeManage.Contracts.Supervisor;

/// <summary><c>supervisor.started</c>: A node offers its slots.</summary>
public sealed record SupervisorStarted(RunEvent Event, NodeSnapshot Node) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "supervisor.started";
}

/// <summary><c>supervisor.stopped</c>: A node withdrew, with nothing left running.</summary>
public sealed record SupervisorStopped(RunEvent Event, NodeSnapshot Node) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "supervisor.stopped";
}

/// <summary><c>session.started</c>: The agent process runs.</summary>
public sealed record SessionStarted(RunEvent Event, SessionSnapshot Session) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "session.started";
}

/// <summary><c>session.exited</c>: The agent process ended by itself.</summary>
public sealed record SessionExited(RunEvent Event, SessionSnapshot Session) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "session.exited";
}

/// <summary><c>session.stopped</c>: The agent process was ended, or was found dead.</summary>
public sealed record SessionStopped(RunEvent Event, SessionSnapshot Session) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "session.stopped";
}

/// <summary><c>session.start-failed</c>: The agent process could not be started.</summary>
/// <param name="Fault">Where the cause lies; null (of a node of before) means the rig.</param>
public sealed record SessionStartFailed(RunEvent Event, SessionSnapshot Session, StartFault? Fault = null) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "session.start-failed";
}

/// <summary><c>session.nudged</c>: Something was said to a running session, or could not be.</summary>
/// <param name="Failure">Why it was not delivered; null when it was.</param>
public sealed record SessionNudged(RunEvent Event, SessionSnapshot Session, Guid NudgeId, string Kind, string Text, string? Failure) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "session.nudged";
}

/// <summary><c>session.checkpoint</c>: Unsaved work was put in a place that outlives the worktree.</summary>
public sealed record CheckpointSaved(RunEvent Event, SessionSnapshot Session, string Ref, string Commit) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "session.checkpoint";
}
