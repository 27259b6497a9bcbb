using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Work.Data;

/// <summary>One project.</summary>
sealed class RigRow
{
    public required string Id { get; init; }
    public required string Prefix { get; init; }
    public string? GitUrl { get; set; }
    public string? DefaultBranch { get; set; }
    public RigState State { get; set; }
    public required RigSettings Settings { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }
    public long Version { get; set; }

    public RigSnapshot ToSnapshot() => new(Id, Prefix, GitUrl, DefaultBranch, State, Settings, CreatedAt, UpdatedAt, Version);
}

/// <summary>An edge from the item that carries it. The target need not exist here.</summary>
sealed class EdgeRow
{
    public required string ItemId { get; init; }
    public required string TargetId { get; init; }
    public DependencyType Type { get; init; }
    public required string CreatedBy { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A label of an item, for the filter; the item's own row has the list.</summary>
sealed class LabelRow
{
    public required string Label { get; init; }
    public required string ItemId { get; init; }
}

/// <summary>A comment, never changed.</summary>
sealed class CommentRow
{
    public Guid Id { get; init; }
    public required string WorkItemId { get; init; }
    public required string Author { get; init; }
    public required string Text { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Hook's assignment as last heard of.</summary>
sealed class AssignmentCopyRow
{
    public Guid Id { get; init; }
    public required string WorkItemId { get; init; }
    public AssignmentState State { get; set; }
    public long Fence { get; set; }
    public long Revision { get; set; }
    public required AssignmentSnapshot Snapshot { get; set; }
}

/// <summary>Refinery's merge request as last heard of.</summary>
sealed class MergeCopyRow
{
    public required string Id { get; init; }
    public required string WorkItemId { get; init; }
    public long Version { get; set; }
    public DateTimeOffset QueuedAt { get; set; }
    public required MergeRequestSnapshot Snapshot { get; set; }
}

/// <summary>One event of the suite, kept for ever: rows are added and never changed (a trigger sees to it).</summary>
sealed class TrailRow
{
    public long Sequence { get; init; }
    public Guid EventId { get; init; }
    public required string EventType { get; init; }
    public required string Actor { get; init; }
    public string? WorkItemId { get; init; }

    /// <summary>The version of the work item the payload shows; null when it shows none.</summary>
    public long? ItemVersion { get; init; }
    public string? RigId { get; init; }
    public string? WorkflowInstanceId { get; init; }
    public string? ConvoyId { get; init; }
    public required string Payload { get; init; }
    public DateTimeOffset EmittedAt { get; init; }
    public DateTimeOffset RecordedAt { get; init; }
    public required string PrevHash { get; init; }
    public required string Hash { get; init; }
}

/// <summary>Says that a message from outside has had its effect; written in the transaction of that effect and kept for ever.</summary>
sealed class IngestedRow
{
    public required string Source { get; init; }
    public required string Id { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The items it made or changed, separated by blanks.</summary>
    public string WorkItems { get; set; } = "";
}

/// <summary>A message from outside that was refused; kept for a week.</summary>
sealed class RejectionRow
{
    public Guid Id { get; init; }
    public DateTimeOffset At { get; init; }
    public required string Source { get; init; }
    public string? Type { get; init; }
    public string? MessageId { get; init; }
    public required string Code { get; init; }
    public required string Path { get; init; }
    public required string Reason { get; init; }
}

/// <summary>How far the trail was published for readers outside, in one row.</summary>
sealed class EventMirrorRow
{
    public const int TheOne = 1;

    public int Id { get; init; } = TheOne;
    public long Sequence { get; set; }
}

/// <summary>The end of the chain, in one row: a missing last event is found by it.</summary>
sealed class TrailHeadRow
{
    public const int TheOne = 1;

    public int Id { get; init; } = TheOne;
    public long Sequence { get; set; }
    public required string Hash { get; set; }
}
