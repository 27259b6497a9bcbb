using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Work;

/// <summary>Where a work item stands. The transitions are in Work's Domain/ and in docs/concepts.md.</summary>
[JsonConverter(typeof(SnakeCase<WorkItemState>))]
public enum WorkItemState
{
    /// <summary>Nobody has it.</summary>
    Open,

    /// <summary>On a hook, not yet leased.</summary>
    Hooked,

    /// <summary>Under a lease.</summary>
    InProgress,

    /// <summary>Set aside on a handoff or a gate.</summary>
    Parked,

    /// <summary>Done by its worker, in the merge queue.</summary>
    Submitted,

    /// <summary>Over, with an outcome.</summary>
    Closed,
}

/// <summary>What kind of work it is.</summary>
[JsonConverter(typeof(SnakeCase<WorkItemType>))]
public enum WorkItemType
{
    /// <summary>A piece of work.</summary>
    Task,

    /// <summary>Something broken.</summary>
    Bug,

    /// <summary>Something new.</summary>
    Feature,

    /// <summary>Upkeep.</summary>
    Chore,

    /// <summary>A container: never ready itself, its children are.</summary>
    Epic,

    /// <summary>A question that is settled.</summary>
    Decision,
}

/// <summary>How an item ended. The first terminal outcome wins.</summary>
[JsonConverter(typeof(SnakeCase<OutcomeKind>))]
public enum OutcomeKind
{
    /// <summary>Landed by the merge queue.</summary>
    Merged,

    /// <summary>Finished without a merge, with a receipt.</summary>
    Completed,

    /// <summary>Nothing needed changing, with the reason.</summary>
    NoChange,

    /// <summary>Given up.</summary>
    Failed,

    /// <summary>Not wanted any more.</summary>
    Cancelled,

    /// <summary>Replaced by another item.</summary>
    Superseded,

    /// <summary>The same as another item.</summary>
    Duplicate,
}

/// <summary>How one item depends on another.</summary>
[JsonConverter(typeof(KebabCase<DependencyType>))]
public enum DependencyType
{
    /// <summary>The item waits until the target is closed.</summary>
    Blocks,

    /// <summary>The target is the parent.</summary>
    ParentChild,

    /// <summary>Shown, decides nothing.</summary>
    Related,

    /// <summary>Found while working on the target; decides nothing.</summary>
    DiscoveredFrom,
}

/// <summary>One edge, from the item that carries it to <paramref name="TargetId"/>.</summary>
/// <param name="Dangling">The target is not known here; kept, shown, and never blocks.</param>
public sealed record Dependency(string TargetId, DependencyType Type, bool Dangling = false);

/// <summary>Something that must hold when the item is done.</summary>
/// <param name="Command">Optional argument array that must exit 0.</param>
public sealed record AcceptanceCriterion(string Text, IReadOnlyList<string>? Command = null);

/// <summary>A typed piece of evidence.</summary>
public sealed record Artifact(string Kind, string Uri);

/// <summary>What a session used, as its runtime reported it.</summary>
public sealed record Usage(long InputTokens = 0, long OutputTokens = 0, decimal CostUsd = 0);

/// <summary>What was shown when the item was declared done.</summary>
public sealed record Receipt(
    IReadOnlyList<Artifact>? Artifacts = null,
    Usage? Usage = null,
    string? SessionId = null,
    IReadOnlyList<string>? GateRunIds = null);

/// <summary>How an item ended, by whom and with which evidence.</summary>
public sealed record WorkItemOutcome(
    OutcomeKind Kind,
    string? Summary,
    string By,
    long? Fence = null,
    string? Branch = null,
    string? Commit = null,
    string? MergedCommit = null,
    Receipt? Receipt = null,
    JsonElement? Output = null);

/// <summary>What a worker handed to the merge queue.</summary>
public sealed record WorkItemSubmission(
    string By,
    long Fence,
    string? Branch,
    string? Commit,
    string? BaseBranch,
    MergeStrategy Merge,
    int Attempt,
    string? Summary,
    Receipt? Receipt,
    DateTimeOffset At,
    JsonElement? Output = null);

/// <summary>
/// The whole state of a work item at one version: the body of the API's answers, what neighbours copy
/// and what replay folds.
/// </summary>
/// <param name="Ready">Open, not deferred, no container, and nothing open blocks it.</param>
/// <param name="Revision">The last assignment revision applied; 0 before the first sling.</param>
/// <param name="Feedback">What the merge queue said when it last sent the item back.</param>
public sealed record WorkItemSnapshot(
    string Id,
    string RigId,
    string Title,
    string? Description,
    WorkItemType Type,
    WorkItemState State,
    int Priority,
    bool Ready,
    string? ParentId,
    IReadOnlyList<string> Labels,
    string? Design,
    IReadOnlyList<AcceptanceCriterion> Acceptance,
    string? Notes,
    string? ExternalRef,
    DateTimeOffset? DeferUntil,
    DateTimeOffset? DueAt,
    int? EstimateMinutes,
    bool Ephemeral,
    string CreatedBy,
    string? AssignedAgentId,
    string? HookId,
    Guid? AssignmentId,
    long Fence,
    long Revision,
    string? ConvoyId,
    string? MergeRequestId,
    string? Feedback,
    IReadOnlyList<Dependency> Dependencies,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? CompletedAt,
    DateTimeOffset? DeletedAt,
    WorkItemSubmission? Submission,
    WorkItemOutcome? Outcome,
    long Version);
