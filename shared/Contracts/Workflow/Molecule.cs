using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Workflow;

/// <summary>Where a running workflow stands.</summary>
[JsonConverter(typeof(SnakeCase<MoleculeState>))]
public enum MoleculeState
{
    /// <summary>Its work items are being made.</summary>
    Pouring,

    /// <summary>Steps run or can run.</summary>
    Running,

    /// <summary>Nothing runs: every way on leads through a gate.</summary>
    Waiting,

    /// <summary>Every step is over.</summary>
    Completed,

    /// <summary>A step failed for good, or somebody cancelled it.</summary>
    Failed,

    /// <summary>Thrown away; nothing is kept of it but the trail.</summary>
    Burned,

    /// <summary>Folded into its digest.</summary>
    Squashed,
}

/// <summary>Where a step stands.</summary>
[JsonConverter(typeof(SnakeCase<StepState>))]
public enum StepState
{
    /// <summary>Something it needs is not over.</summary>
    Pending,

    /// <summary>Can be worked on.</summary>
    Ready,

    /// <summary>A gate is shut.</summary>
    Waiting,

    /// <summary>Somebody has it under a lease.</summary>
    Running,

    /// <summary>Done.</summary>
    Done,

    /// <summary>Failed for good.</summary>
    Failed,

    /// <summary>Left out by decision.</summary>
    Skipped,

    /// <summary>Its molecule ended before it did.</summary>
    Cancelled,

    /// <summary>Done, and undone again.</summary>
    Compensated,
}

/// <summary>Where a gate stands.</summary>
[JsonConverter(typeof(SnakeCase<GateState>))]
public enum GateState
{
    /// <summary>Shut.</summary>
    Waiting,

    /// <summary>Opened.</summary>
    Open,

    /// <summary>Not opened in time.</summary>
    Expired,

    /// <summary>Nobody waits for it any more.</summary>
    Closed,
}

/// <summary>One step of a running workflow.</summary>
/// <param name="CostUsd">What all attempts at it cost that have ended.</param>
/// <param name="SpentUsd">That part of it which counts against the budget: what was spent since it was granted.</param>
/// <param name="BudgetUsd">Once it is spent no attempt is begun.</param>
public sealed record StepSnapshot(
    string Id, StepKind Kind, string? ParentId, string Title, StepState State, string? WorkItemId, IReadOnlyList<string> Needs, int Attempt, string? AgentId, long Fence,
    string? Reason, string? FailureClass, JsonElement? Output, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, DateTimeOffset? NotBefore,
    decimal CostUsd = 0, decimal SpentUsd = 0, decimal? BudgetUsd = null);

/// <summary>One line of a wisp's checklist.</summary>
public sealed record WispStep(string Id, string Title, string? Description, StepState State);

/// <summary>For whoever hands the wisp's item to a worker: its whole checklist when it is poured or tried again. What becomes of the steps is told by events.</summary>
/// <param name="ItemVersion">Version of the item that was opened again for it; null when it is new.</param>
public sealed record WispPoured(string MoleculeId, string RootItemId, IReadOnlyList<WispStep> Steps, long? ItemVersion = null);

/// <summary>A running workflow without its steps.</summary>
/// <param name="RootItemId">The work item that holds the steps' items; of a wisp the one that is worked on.</param>
/// <param name="Items">How many of those there are, made or about to be, numbered from 1.</param>
public sealed record MoleculeSnapshot(
    string Id, string Formula, string ProtomoleculeId, string Title, string RigId, MoleculeState State, bool Wisp, bool Paused, string? RootItemId, IReadOnlyDictionary<string, string> Vars,
    string PouredBy, string? ForkOf, int Total, int Over, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, long Version, int? Items = null);

/// <summary>A gate of a running workflow.</summary>
public sealed record GateSnapshot(
    Guid Id, string MoleculeId, string StepId, string Type, string? Name, string? AwaitId, string? Condition, GateState State, DateTimeOffset CreatedAt, DateTimeOffset? DueAt,
    DateTimeOffset? EndedAt, string? By, string? Reason);
