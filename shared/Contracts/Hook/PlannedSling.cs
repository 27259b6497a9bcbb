namespace ClaudeManage.Contracts.Hook;

/// <summary>Command: put this item on this hook. An item that is on a hook already stays there.</summary>
/// <param name="MaxAttempts">Null means the rig's; 1 leaves repeating to the sender.</param>
public sealed record SlingWork(string PlanId, string WorkItemId, string HookId, string? ConvoyId, int? Priority, int? MaxAttempts, string? Args);

/// <summary>Answer: it was refused.</summary>
public sealed record SlingRefused(string PlanId, string WorkItemId, string Code, string Detail);
