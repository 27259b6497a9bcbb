namespace ClaudeManage.Contracts.Health;

/// <summary><c>decision.asked</c>: A person must decide.</summary>
public sealed record DecisionAsked(RunEvent Event, DecisionSnapshot Decision) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "decision.asked";
}

/// <summary><c>decision.delegated</c>: It is somebody else's now.</summary>
public sealed record DecisionDelegated(RunEvent Event, DecisionSnapshot Decision, string From) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "decision.delegated";
}

/// <summary><c>decision.answered</c>: Decided, once; by a person, or by default when its time was over.</summary>
public sealed record DecisionAnswered(RunEvent Event, DecisionSnapshot Decision, bool ByDefault) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "decision.answered";
}

/// <summary><c>decision.expired</c>: Nobody decided in time, and there was no default.</summary>
public sealed record DecisionExpired(RunEvent Event, DecisionSnapshot Decision) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "decision.expired";
}

/// <summary><c>decision.told</c>: Somebody outside was told of it, or could not be.</summary>
public sealed record DecisionTold(RunEvent Event, Guid DecisionId, Guid NoticeId, string Channel, int Attempts, string? Failure) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "decision.told";
}

/// <summary><c>decision.withdrawn</c>: Nobody waits for it any more.</summary>
public sealed record DecisionWithdrawn(RunEvent Event, DecisionSnapshot Decision) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "decision.withdrawn";
}
