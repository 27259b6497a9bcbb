namespace ClaudeManage.Contracts.Work;

/// <summary><c>rig.registered</c>: A rig joined the town.</summary>
public sealed record RigRegistered(RunEvent Event, RigSnapshot Rig) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "rig.registered";
}

/// <summary><c>rig.updated</c>: Settings or repository of a rig changed.</summary>
public sealed record RigUpdated(RunEvent Event, RigSnapshot Rig) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "rig.updated";
}

/// <summary><c>rig.parked</c>: No new dispatch for the rig.</summary>
public sealed record RigParked(RunEvent Event, RigSnapshot Rig) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "rig.parked";
}

/// <summary><c>rig.unparked</c>: The rig is dispatched again.</summary>
public sealed record RigUnparked(RunEvent Event, RigSnapshot Rig) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "rig.unparked";
}

/// <summary><c>rig.docked</c>: The rig left operation and stays on record.</summary>
public sealed record RigDocked(RunEvent Event, RigSnapshot Rig) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "rig.docked";
}

/// <summary><c>work-item.created</c>: An item exists.</summary>
public sealed record WorkItemCreated(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.created";
}

/// <summary><c>work-item.updated</c>: Fields, labels or dependencies changed; the state did not.</summary>
public sealed record WorkItemUpdated(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.updated";
}

/// <summary><c>work-item.ready</c>: Nothing blocks the item any more.</summary>
public sealed record WorkItemReady(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.ready";
}

/// <summary><c>work-item.hooked</c>: The item is on a hook.</summary>
public sealed record WorkItemHooked(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.hooked";
}

/// <summary><c>work-item.started</c>: A lease was granted.</summary>
public sealed record WorkItemStarted(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.started";
}

/// <summary><c>work-item.parked</c>: Set aside on a handoff or a gate.</summary>
public sealed record WorkItemParked(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.parked";
}

/// <summary><c>work-item.submitted</c>: Done by its worker; the merge queue has it.</summary>
public sealed record WorkItemSubmitted(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.submitted";
}

/// <summary><c>work-item.closed</c>: Over, with an outcome.</summary>
public sealed record WorkItemClosed(RunEvent Event, WorkItemSnapshot Item, string? Reason = null) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.closed";
}

/// <summary><c>work-item.reopened</c>: Back to open, from whatever state, with the reason.</summary>
public sealed record WorkItemReopened(RunEvent Event, WorkItemSnapshot Item, string? Reason = null) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.reopened";
}

/// <summary><c>work-item.trashed</c>: Moved to the trash; restorable for 30 days.</summary>
public sealed record WorkItemTrashed(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.trashed";
}

/// <summary><c>work-item.restored</c>: Taken back from the trash.</summary>
public sealed record WorkItemRestored(RunEvent Event, WorkItemSnapshot Item) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.restored";
}

/// <summary><c>work-item.commented</c>: somebody wrote a comment.</summary>
public sealed record WorkItemCommented(RunEvent Event, Guid CommentId, string Author, string Text) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "work-item.commented";
}
