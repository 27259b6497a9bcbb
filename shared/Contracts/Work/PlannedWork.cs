using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Contracts.Work;

/// <summary>Command: make these items, with ids that the sender chose. Those that exist already are left as they are.</summary>
/// <param name="PlanId">Whose plan it is; the answer carries it.</param>
/// <param name="Batch">At most 500 items each; the next is sent when this one is answered, so that nobody waits for what is not there.</param>
public sealed record CreateWorkItems(string PlanId, int Batch, string RequestedBy, IReadOnlyList<CreateWorkItem> Items);

/// <summary>Answer: the items of a batch exist.</summary>
public sealed record WorkItemsCreated(string PlanId, int Batch);

/// <summary>Answer: a batch was refused, and none of its items exist.</summary>
public sealed record WorkItemsRefused(string PlanId, int Batch, string Code, string Detail);

/// <summary>Command: these are over by decision. What is closed already stays as it is; children before the epics above them.</summary>
public sealed record CloseWorkItems(string PlanId, string RequestedBy, IReadOnlyList<PlannedClose> Items);

/// <summary>How one of them ends.</summary>
public sealed record PlannedClose(string WorkItemId, OutcomeKind Kind, string? Reason);

/// <summary>Command: these are not over after all. What is not closed stays as it is.</summary>
/// <param name="Version">The closing that is meant: what is no longer, or not yet, of this version stays as it is. Null means any.</param>
public sealed record ReopenWorkItems(string PlanId, string RequestedBy, IReadOnlyList<string> WorkItemIds, string Reason, long? Version = null);

/// <summary>Command: what was known only after the item was made.</summary>
public sealed record DescribeWorkItem(string PlanId, string RequestedBy, string WorkItemId, string Title, string? Description);
