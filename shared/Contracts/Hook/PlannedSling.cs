namespace ClaudeManage.Contracts.Hook;

/// <summary>Command: put this item on this hook. An item that is on a hook already stays there.</summary>
/// <param name="MaxAttempts">Null means the rig's; 1 leaves repeating to the sender.</param>
/// <param name="RequestedBy">The part of the suite that asks, e.g. <c>system/convoy</c>; null means <c>system/workflow</c>.</param>
/// <param name="Run">What a supervisor runs instead of an agent; only this command can say so, no request over HTTP.</param>
/// <param name="ItemVersion">Version of the item that the sender decided by: Hook acts when it has heard of it too. Null means that it exists.</param>
public sealed record SlingWork(
    string PlanId, string WorkItemId, string HookId, string? ConvoyId, int? Priority, int? MaxAttempts, string? Args, string? RequestedBy = null, PlannedRun? Run = null, long? ItemVersion = null);

/// <summary>A formula's own command, run by a supervisor where it would start an agent.</summary>
/// <param name="Command">Argument array: the program and what it is given.</param>
/// <param name="TimeoutSeconds">Wall time from its start; null means the rig's for one session.</param>
public sealed record PlannedRun(IReadOnlyList<string> Command, int? TimeoutSeconds = null);

/// <summary>Command: take this item off its hook, if it was slung for this convoy. What is on no hook stays as it is.</summary>
/// <param name="Running">Whether work that has begun is stopped too.</param>
public sealed record UnslingWork(string PlanId, string WorkItemId, string ConvoyId, bool Running, string Reason, string RequestedBy);

/// <summary>Answer: it was refused.</summary>
public sealed record SlingRefused(string PlanId, string WorkItemId, string Code, string Detail);
