namespace ClaudeManage.Contracts.Refinery;

/// <summary><c>merge.queued</c>: The request waits for its turn.</summary>
public sealed record MergeQueued(RunEvent Event, MergeRequestSnapshot Request) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.queued";
}

/// <summary><c>merge.gating</c>: Its candidate is being checked.</summary>
public sealed record MergeGating(RunEvent Event, MergeRequestSnapshot Request) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.gating";
}

/// <summary><c>merge.proved</c>: Its gates passed; it waits for the others of its convoy, with which it lands.</summary>
public sealed record MergeProved(RunEvent Event, MergeRequestSnapshot Request) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.proved";
}

/// <summary><c>merge.merged</c>: Landed, read back and proved.</summary>
public sealed record MergeSucceeded(RunEvent Event, MergeRequestSnapshot Request) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.merged";
}

/// <summary><c>merge.conflicted</c>: Does not apply to the target.</summary>
public sealed record MergeConflicted(RunEvent Event, MergeRequestSnapshot Request) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.conflicted";
}

/// <summary><c>merge.rejected</c>: Refused, with feedback.</summary>
public sealed record MergeRejected(RunEvent Event, MergeRequestSnapshot Request) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.rejected";
}

/// <summary><c>merge.superseded</c>: A newer completion took its place.</summary>
public sealed record MergeSuperseded(RunEvent Event, MergeRequestSnapshot Request) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.superseded";
}

/// <summary><c>merge.queue-paused</c>: Nothing lands until it is resumed.</summary>
public sealed record MergeQueuePaused(RunEvent Event, string Queue, string Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.queue-paused";
}

/// <summary><c>merge.queue-resumed</c>: The queue goes on.</summary>
public sealed record MergeQueueResumed(RunEvent Event, string Queue) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "merge.queue-resumed";
}
