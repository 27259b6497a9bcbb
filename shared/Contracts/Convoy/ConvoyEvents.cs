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

/// <summary><c>convoy.updated</c>: Items were added or removed.</summary>
public sealed record ConvoyUpdated(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
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
public sealed record ConvoyCancelled(RunEvent Event, ConvoySnapshot Convoy) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "convoy.cancelled";
}
