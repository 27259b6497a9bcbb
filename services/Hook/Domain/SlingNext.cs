namespace ClaudeManage.Hook.Domain;

/// <summary>What happens next with a queued assignment, in the words of the API.</summary>
static class SlingNext
{
    /// <summary>A supervisor will be told to run it.</summary>
    public const string Dispatch = "dispatch";

    /// <summary>It waits until a slot is free.</summary>
    public const string Slot = "slot";

    /// <summary>It waits until the item is ready.</summary>
    public const string Dependency = "dependency";

    /// <summary>It waits until its agent, or one of the rig's, claims it.</summary>
    public const string Claim = "claim";

    /// <summary>It waits until its time has come.</summary>
    public const string Time = "time";

    public static string Of(bool held, bool later, bool managed, bool slotFree) =>
        held ? Dependency : later ? Time : !managed ? Claim : slotFree ? Dispatch : Slot;
}
