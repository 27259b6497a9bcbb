namespace ClaudeManage.Contracts.Convoy;

/// <summary><c>convoy.created</c>: An initiative exists.</summary>
public sealed record ConvoyCreated(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.created";
}

/// <summary><c>convoy.launched</c>: Its items run.</summary>
public sealed record ConvoyLaunched(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.launched";
}

/// <summary><c>convoy.updated</c>: Items were added or removed, or its terms changed.</summary>
/// <param name="Removed">The items that belong to it no more.</param>
public sealed record ConvoyUpdated(RunEvent Event, ConvoySnapshot Convoy, IReadOnlyList<string>? Removed = null) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.updated";
}

/// <summary><c>convoy.landed</c>: Every item closed, every merge proved; once.</summary>
public sealed record ConvoyLanded(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.landed";
}

/// <summary><c>convoy.reopened</c>: Items were added after landing.</summary>
public sealed record ConvoyReopened(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.reopened";
}

/// <summary><c>convoy.cancelled</c>: Given up.</summary>
public sealed record ConvoyCancelled(RunEvent Event, ConvoySnapshot Convoy, string? Reason = null) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.cancelled";
}

/// <summary><c>convoy.paused</c>: Nothing new is slung; what was queued is taken back.</summary>
public sealed record ConvoyPaused(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.paused";
}

/// <summary><c>convoy.resumed</c>: It slings again.</summary>
public sealed record ConvoyResumed(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.resumed";
}

/// <summary><c>convoy.stranded</c>: It does not get on by itself; once per episode.</summary>
public sealed record ConvoyStranded(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.stranded";
}

/// <summary><c>convoy.recovered</c>: What it was stranded on is over.</summary>
public sealed record ConvoyRecovered(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.recovered";
}

/// <summary><c>convoy.late</c>: By what its rigs took before it will land after its deadline; once per deadline.</summary>
/// <param name="Expected">When it is expected to land.</param>
public sealed record ConvoyLate(RunEvent Event, ConvoySnapshot Convoy, DateTimeOffset Expected) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.late";
}

/// <summary><c>convoy.overdue</c>: Its deadline is over and it has not landed; once per deadline.</summary>
public sealed record ConvoyOverdue(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.overdue";
}

/// <summary><c>convoy.budget-low</c>: Four fifths of its budget are spent; once per budget.</summary>
public sealed record ConvoyBudgetLow(RunEvent Event, ConvoySnapshot Convoy, decimal SpentUsd) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.budget-low";
}
