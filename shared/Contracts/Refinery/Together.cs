namespace ClaudeManage.Contracts.Refinery;

/// <summary>Command: the requests of these items land together with their convoy, and not by themselves.</summary>
/// <param name="Number">Grows with every change; an older one changes nothing.</param>
/// <param name="Items">All of them; those of before that are missing are let go.</param>
public sealed record HoldMerges(string ConvoyId, long Number, IReadOnlyList<string> Items);

/// <summary>The answer to <see cref="HoldMerges"/>: from now on no request of these items lands by itself.</summary>
/// <param name="Proved">Requests that wait already.</param>
public sealed record MergesHeld(string ConvoyId, long Number, IReadOnlyList<MergeRequestSnapshot> Proved);

/// <summary>Command: land these requests, all of them or none.</summary>
/// <param name="Number">Grows with every order of the convoy; one that is not newer than the last does nothing.</param>
public sealed record LandTogether(string ConvoyId, long Number, IReadOnlyList<string> RequestIds);

/// <summary><c>landing.begun</c>: The requests of a convoy are landed together.</summary>
public sealed record LandingBegun(RunEvent Event, string ConvoyId, long Number, IReadOnlyList<string> RequestIds) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "landing.begun";
}

/// <summary><c>landing.moved</c>: One rig's target has the convoy's changes; read back.</summary>
/// <param name="From">The target's tip before.</param>
public sealed record LandingMoved(RunEvent Event, string ConvoyId, long Number, string Target, string From, string To) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "landing.moved";
}

/// <summary><c>landing.undone</c>: One rig's target was taken back by a revert commit, because another's did not move.</summary>
/// <param name="From">The commits after this one,</param>
/// <param name="To">up to this one, were reverted.</param>
public sealed record LandingUndone(RunEvent Event, string ConvoyId, long Number, string Target, string From, string To, string RevertCommit, string Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "landing.undone";
}

/// <summary><c>landing.completed</c>: All targets have moved.</summary>
/// <param name="RequestIds">What has landed.</param>
public sealed record LandingCompleted(RunEvent Event, string ConvoyId, long Number, IReadOnlyList<string> RequestIds) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "landing.completed";
}

/// <summary><c>landing.failed</c>: No target has moved, or those that had were taken back.</summary>
/// <param name="NeedsPerson">Else it is ordered again when its requests are proved again.</param>
/// <param name="Missing">Requests that cannot land any more.</param>
public sealed record LandingFailed(RunEvent Event, string ConvoyId, long Number, string Reason, bool NeedsPerson, IReadOnlyList<MergeRequestSnapshot> Missing) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "landing.failed";
}
