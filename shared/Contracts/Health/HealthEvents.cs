namespace ClaudeManage.Contracts.Health;

/// <summary><c>agent.health-changed</c>: The watcher judges an agent differently.</summary>
public sealed record AgentHealthChanged(RunEvent Event, AgentHealth Health, AgentHealthState Previous) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "agent.health-changed";
}

/// <summary><c>agent.witnessed</c>: A witness acted on an agent.</summary>
public sealed record AgentWitnessed(RunEvent Event, WitnessActSnapshot Act) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "agent.witnessed";
}

/// <summary><c>incident.raised</c>: Something a person or a patrol must look at.</summary>
public sealed record IncidentRaised(RunEvent Event, IncidentSnapshot Incident) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "incident.raised";
}

/// <summary><c>incident.acknowledged</c>: Somebody looks at it.</summary>
public sealed record IncidentAcknowledged(RunEvent Event, IncidentSnapshot Incident) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "incident.acknowledged";
}

/// <summary><c>incident.closed</c>: Over.</summary>
public sealed record IncidentClosed(RunEvent Event, IncidentSnapshot Incident) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "incident.closed";
}

/// <summary><c>escalation.raised</c>: Nobody looked at an incident in time; it is one level worse and told again.</summary>
public sealed record IncidentEscalated(RunEvent Event, IncidentSnapshot Incident, Severity Previous) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "escalation.raised";
}

/// <summary><c>escalation.told</c>: Somebody outside was told of an incident, or could not be.</summary>
/// <param name="Channel">webhook or smtp.</param>
/// <param name="Failure">Why it was given up; null when it was delivered.</param>
public sealed record EscalationTold(RunEvent Event, Guid IncidentId, Guid NoticeId, string Channel, int Level, int Attempts, string? Failure) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "escalation.told";
}

/// <summary><c>notice.told</c>: The town's webhook was told of an event of a convoy, or could not be.</summary>
/// <param name="About">The event's public name.</param>
/// <param name="Failure">Why it was given up; null when it was delivered.</param>
public sealed record NoticeTold(RunEvent Event, Guid NoticeId, string About, int Attempts, string? Failure) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "notice.told";
}
