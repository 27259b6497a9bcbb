using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Contracts.Http;

/// <summary>The answer to a batch, in the order asked.</summary>
public sealed record WorkItemBatch(IReadOnlyList<WorkItemSnapshot> Items);

/// <summary>An item that depends on the one shown.</summary>
public sealed record Dependent(string Id, DependencyType Type, WorkItemState State);

/// <summary><c>GET /work-items/{id}</c>: the item and what stands around it.</summary>
/// <param name="BlockedBy">The items not yet over that keep it, or one above it, from being ready.</param>
/// <param name="Assignment">Hook's last word on it, as far as heard here.</param>
/// <param name="MergeRequest">Refinery's last word on it, as far as heard here.</param>
public sealed record WorkItemDetail(
    string Id, string RigId, string Title, string? Description, WorkItemType Type, WorkItemState State, int Priority, bool Ready, string? ParentId,
    IReadOnlyList<string> Labels, string? Design, IReadOnlyList<AcceptanceCriterion> Acceptance, string? Notes, string? ExternalRef,
    DateTimeOffset? DeferUntil, DateTimeOffset? DueAt, int? EstimateMinutes, bool Ephemeral, string CreatedBy, string? AssignedAgentId, string? HookId,
    Guid? AssignmentId, long Fence, long Revision, string? ConvoyId, string? MergeRequestId, string? Feedback, IReadOnlyList<Dependency> Dependencies,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? CompletedAt, DateTimeOffset? DeletedAt, WorkItemSubmission? Submission,
    WorkItemOutcome? Outcome, long Version,
    IReadOnlyList<Dependent> Dependents, IReadOnlyList<string> BlockedBy, AssignmentSnapshot? Assignment, MergeRequestSnapshot? MergeRequest)
{
    /// <summary>Puts an item together with its surroundings.</summary>
    public static WorkItemDetail Of(
        WorkItemSnapshot i, IReadOnlyList<Dependent> dependents, IReadOnlyList<string> blockedBy, AssignmentSnapshot? assignment, MergeRequestSnapshot? merge) =>
        new(i.Id, i.RigId, i.Title, i.Description, i.Type, i.State, i.Priority, i.Ready, i.ParentId, i.Labels, i.Design, i.Acceptance, i.Notes, i.ExternalRef,
            i.DeferUntil, i.DueAt, i.EstimateMinutes, i.Ephemeral, i.CreatedBy, i.AssignedAgentId, i.HookId, i.AssignmentId, i.Fence, i.Revision, i.ConvoyId,
            i.MergeRequestId, i.Feedback, i.Dependencies, i.CreatedAt, i.UpdatedAt, i.CompletedAt, i.DeletedAt, i.Submission, i.Outcome, i.Version,
            dependents, blockedBy, assignment, merge);
}

/// <summary>One item of a graph.</summary>
public sealed record GraphNode(string Id, string? RigId, string? Title, WorkItemType? Type, WorkItemState? State, int? Priority, bool Ready, int? EstimateMinutes);

/// <summary>One edge of a graph, from the item that carries it.</summary>
public sealed record GraphEdge(string From, string To, DependencyType Type);

/// <summary><c>GET /work-items/{id}/graph</c>.</summary>
/// <param name="BlockedBy">What must be over first, at whatever distance.</param>
/// <param name="Blocks">What waits for it, at whatever distance.</param>
/// <param name="CriticalPath">The longest chain of unfinished work that ends with it, by estimates (one hour without).</param>
/// <param name="Truncated">The graph is larger than is shown.</param>
public sealed record WorkItemGraph(
    string Id, IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphEdge> Edges, IReadOnlyList<string> BlockedBy, IReadOnlyList<string> Blocks,
    IReadOnlyList<string> CriticalPath, bool Truncated);

/// <summary><c>GET /events/verify</c>: whether the trail's chain holds.</summary>
/// <param name="Problem">What is wrong first; null when the chain holds.</param>
public sealed record TrailVerification(bool Ok, long Checked, long HeadSequence, string HeadHash, TrailProblem? Problem);

/// <summary>The first place where the chain does not hold.</summary>
public sealed record TrailProblem(long Sequence, string What);

/// <summary><c>POST /runtime/replay</c>: the trail folded, beside the live table.</summary>
public sealed record ReplayResult(long Events, long Items, IReadOnlyList<ReplayDifference> Differences, bool Truncated);

/// <summary>An item that is not what the trail says.</summary>
/// <param name="Kind"><c>missing</c>: in the trail, not live; <c>extra</c>: live, not in the trail; <c>differs</c>; <c>readiness</c>: the maintained counts are wrong.</param>
public sealed record ReplayDifference(string WorkItemId, string Kind, string Detail);
