using ClaudeManage.Contracts.Work;
using ClaudeManage.Work.Domain;

namespace ClaudeManage.Work.Data;

/// <summary>A work item, with what the ready set needs to be kept in step.</summary>
sealed class WorkItemRow
{
    public required string Id { get; init; }
    public required string RigId { get; init; }
    public required string Title { get; set; }
    public string? Description { get; set; }
    public WorkItemType Type { get; set; }
    public WorkItemState State { get; set; }
    public int Priority { get; set; }
    public string? ParentId { get; set; }
    public List<string> Labels { get; set; } = [];
    public string? Design { get; set; }
    public List<AcceptanceCriterion> Acceptance { get; set; } = [];
    public string? Notes { get; set; }
    public string? ExternalRef { get; set; }
    public DateTimeOffset? DeferUntil { get; set; }
    public DateTimeOffset? DueAt { get; set; }
    public int? EstimateMinutes { get; set; }
    public bool Ephemeral { get; set; }
    public required string CreatedBy { get; init; }
    public string? AssignedAgentId { get; set; }
    public string? HookId { get; set; }
    public Guid? AssignmentId { get; set; }
    public long Fence { get; set; }
    public long Revision { get; set; }
    public string? ConvoyId { get; set; }
    public string? MergeRequestId { get; set; }
    public string? Feedback { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? CompletedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }
    public WorkItemSubmission? Submission { get; set; }
    public WorkItemOutcome? Outcome { get; set; }

    /// <summary>The public version: grows with every event about the item.</summary>
    public long Version { get; set; }

    /// <summary>Guards against two writers; grows with every change of the row, also of the counts below.</summary>
    public long Stamp { get; set; }

    /// <summary>Order of the ready set, see <see cref="Ageing"/>.</summary>
    public long Rank { get; set; }

    /// <summary>Number of the last child; numbers are never used again.</summary>
    public int LastChild { get; set; }

    public int OpenBlockers { get; set; }
    public bool ParentBlocked { get; set; }
    public bool ParentDeferred { get; set; }
    public bool Ready { get; set; }
    public bool Blocking { get; set; }
    public bool BlocksChildren { get; set; }
    public bool HidesChildren { get; set; }

    public ReadinessFacts Facts => new(State, DeletedAt is not null, Type, OpenBlockers, ParentBlocked, ParentDeferred, DeferUntil);

    public WorkItemSnapshot ToSnapshot(IReadOnlyList<Dependency> dependencies) => new(
        Id, RigId, Title, Description, Type, State, Priority, Ready, ParentId, [.. Labels], Design, [.. Acceptance], Notes, ExternalRef, DeferUntil, DueAt,
        EstimateMinutes, Ephemeral, CreatedBy, AssignedAgentId, HookId, AssignmentId, Fence, Revision, ConvoyId, MergeRequestId, Feedback, dependencies,
        CreatedAt, UpdatedAt, CompletedAt, DeletedAt, Submission, Outcome, Version);
}
