namespace ClaudeManage.Contracts.Hook;

/// <summary><c>agent.registered</c>: An identity joined the town.</summary>
public sealed record AgentRegistered(RunEvent Event, AgentSnapshot Agent) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "agent.registered";
}

/// <summary><c>agent.updated</c>: Profile, runtime, tags or state changed.</summary>
public sealed record AgentUpdated(RunEvent Event, AgentSnapshot Agent) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "agent.updated";
}

/// <summary><c>agent.retired</c>: The identity gets no more work.</summary>
public sealed record AgentRetired(RunEvent Event, AgentSnapshot Agent) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "agent.retired";
}

/// <summary><c>assignment.queued</c>: The item is on a hook and runs as soon as it can.</summary>
public sealed record AssignmentQueued(RunEvent Event, AssignmentSnapshot Assignment) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "assignment.queued";
}

/// <summary><c>assignment.dispatched</c>: A node was told to run it.</summary>
public sealed record AssignmentDispatched(RunEvent Event, AssignmentSnapshot Assignment) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "assignment.dispatched";
}

/// <summary><c>assignment.parked</c>: Set aside on a handoff or a gate.</summary>
public sealed record AssignmentParked(RunEvent Event, AssignmentSnapshot Assignment) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "assignment.parked";
}

/// <summary><c>assignment.completed</c>: Done, with its result.</summary>
public sealed record AssignmentCompleted(RunEvent Event, AssignmentSnapshot Assignment) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "assignment.completed";
}

/// <summary><c>assignment.released</c>: Taken off the hook.</summary>
public sealed record AssignmentReleased(RunEvent Event, AssignmentSnapshot Assignment, string Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "assignment.released";
}

/// <summary><c>assignment.exhausted</c>: All attempts used.</summary>
public sealed record AssignmentExhausted(RunEvent Event, AssignmentSnapshot Assignment, string Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "assignment.exhausted";
}

/// <summary><c>lease.granted</c>: Exactly one worker has it now, under this fence.</summary>
public sealed record LeaseGranted(RunEvent Event, AssignmentSnapshot Assignment) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "lease.granted";
}

/// <summary><c>lease.expired</c>: Not renewed in time; taken back.</summary>
public sealed record LeaseExpired(RunEvent Event, AssignmentSnapshot Assignment) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "lease.expired";
}

/// <summary><c>lease.released</c>: Given back by its holder.</summary>
public sealed record LeaseReleased(RunEvent Event, AssignmentSnapshot Assignment, string Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "lease.released";
}

/// <summary><c>handoff.created</c>: Work passed on, with context.</summary>
public sealed record HandoffCreated(RunEvent Event, HandoffSnapshot Handoff) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "handoff.created";
}

/// <summary><c>handoff.accepted</c>: Taken up, once.</summary>
public sealed record HandoffAccepted(RunEvent Event, HandoffSnapshot Handoff) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "handoff.accepted";
}

/// <summary><c>handoff.expired</c>: Not taken up in time.</summary>
public sealed record HandoffExpired(RunEvent Event, HandoffSnapshot Handoff) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "handoff.expired";
}

/// <summary><c>mail.sent</c>: A message between actors.</summary>
public sealed record MailSent(RunEvent Event, MailSnapshot Mail) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "mail.sent";
}

/// <summary><c>mail.taken</c>: Somebody began to handle this message.</summary>
public sealed record MailTaken(RunEvent Event, MailSnapshot Mail) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "mail.taken";
}

/// <summary><c>mail.given-back</c>: Who began to handle this message was kept from it, as when the town was stopped; it is free again.</summary>
public sealed record MailGivenBack(RunEvent Event, MailSnapshot Mail) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "mail.given-back";
}

/// <summary><c>scheduler.paused</c>: No new dispatch in this scope.</summary>
public sealed record SchedulerPaused(RunEvent Event, string Scope, string? Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "scheduler.paused";
}

/// <summary><c>scheduler.resumed</c>: Dispatch goes on in this scope.</summary>
public sealed record SchedulerResumed(RunEvent Event, string Scope) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "scheduler.resumed";
}

/// <summary><c>assignment.repaired</c>: The reconciler put something right.</summary>
public sealed record AssignmentRepaired(RunEvent Event, string What, string Before, string After) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "assignment.repaired";
}
