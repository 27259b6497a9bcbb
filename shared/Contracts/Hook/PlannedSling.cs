namespace ClaudeManage.Contracts.Hook;

/// <summary>Command: put this item on this hook. An item that is on a hook already stays there.</summary>
/// <param name="MaxAttempts">Null means the rig's; 1 leaves repeating to the sender.</param>
/// <param name="RequestedBy">The part of the suite that asks, e.g. <c>system/convoy</c>; null means <c>system/workflow</c>.</param>
public sealed record SlingWork(
    string PlanId, string WorkItemId, string HookId, string? ConvoyId, int? Priority, int? MaxAttempts, string? Args, string? RequestedBy = null);

/// <summary>Command: take this item off its hook, if it was slung for this convoy. What is on no hook stays as it is.</summary>
/// <param name="Running">Whether work that has begun is stopped too.</param>
public sealed record UnslingWork(string PlanId, string WorkItemId, string ConvoyId, bool Running, string Reason, string RequestedBy);

/// <summary>Answer: it was refused.</summary>
public sealed record SlingRefused(string PlanId, string WorkItemId, string Code, string Detail);
