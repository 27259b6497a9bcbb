using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;

namespace ClaudeManage.Contracts.Http;

/// <summary><c>POST /hooks/{id}/unsling</c>.</summary>
public sealed record UnslingRequest(string? WorkItemId, string? Reason = null);

/// <summary><c>PATCH /agents/{id}</c>; what is null stays. An empty string clears a text.</summary>
public sealed record UpdateAgent(
    string? DisplayName = null, string? Runtime = null, IReadOnlyList<string>? Tags = null, IReadOnlyList<string>? Skills = null, string? Instructions = null);

/// <summary><c>POST /mail/{id}/take</c>.</summary>
/// <param name="Seconds">How long it is the taker's, 10 to 3600; default 300.</param>
/// <param name="Take">The number of an earlier take, to prolong that or give it back; null takes it.</param>
/// <param name="GiveBack">The take is over and the message free at once: its taker was kept from handling it, and the next one need not hold that against the message.</param>
public sealed record TakeMail(int? Seconds = null, int? Take = null, bool GiveBack = false);

/// <summary>What an agent has shown, counted from receipts only.</summary>
/// <param name="Completions">Assignments it completed with evidence.</param>
/// <param name="Merges">Of these, landed by the merge queue.</param>
/// <param name="Rejections">Of these, sent back by the merge queue.</param>
/// <param name="MedianSeconds">From lease to done, over its last 200 completions; null without any.</param>
public sealed record TrackRecord(int Completions, int Merges, int Rejections, double? MedianSeconds, double CostUsd);

/// <summary>The long-lived side of an agent.</summary>
public sealed record CrewProfile(IReadOnlyList<string> Skills, string? PreferredRuntime, string? Instructions, TrackRecord TrackRecord);

/// <summary><c>GET /agents/{id}</c>.</summary>
public sealed record AgentDetail(
    string Id, string Role, string? RigId, string? DisplayName, string? Runtime, AgentState State, string? NodeId, Guid? AssignmentId, IReadOnlyList<string> Tags,
    DateTimeOffset CreatedAt, DateTimeOffset? RetiredAt, long Version, CrewProfile Profile)
{
    /// <summary>Takes over a snapshot.</summary>
    public static AgentDetail Of(AgentSnapshot a, CrewProfile profile) =>
        new(a.Id, a.Role, a.RigId, a.DisplayName, a.Runtime, a.State, a.NodeId, a.AssignmentId, a.Tags, a.CreatedAt, a.RetiredAt, a.Version, profile);
}

/// <summary><c>GET /hooks/{id}</c>: what is on it. <paramref name="Agent"/> is null for a pool.</summary>
public sealed record HookDetail(
    string Id, AgentSnapshot? Agent, AssignmentSnapshot? Leased, IReadOnlyList<AssignmentSnapshot> Queued, IReadOnlyList<AssignmentSnapshot> Parked, int UnreadMail);

/// <summary>One agent's part of a rig's queue.</summary>
public sealed record AgentQueue(string AgentId, AssignmentSnapshot? Leased, IReadOnlyList<AssignmentSnapshot> Queued, IReadOnlyList<AssignmentSnapshot> Parked);

/// <summary>An assignment that waits, and for what.</summary>
public sealed record WaitingAssignment(Guid AssignmentId, string WorkItemId, string Reason);

/// <summary>Where the rig's merge queue is.</summary>
public sealed record MergeQueueLink(int? Queued, int? Gating, string Href);

/// <summary><c>GET /rigs/{id}/queue</c>.</summary>
public sealed record RigQueue(
    string RigId, IReadOnlyList<AssignmentSnapshot> Pool, IReadOnlyList<AgentQueue> Agents, IReadOnlyList<WaitingAssignment> Waiting, MergeQueueLink MergeQueue);

/// <summary><c>POST /scheduler/pause|resume</c>. Scope: <c>town</c> or <c>rig:id</c>.</summary>
public sealed record SchedulerScope(string? Scope, string? Reason = null);

/// <summary>A scope in which nothing new is dispatched.</summary>
public sealed record SchedulerPause(string Scope, string? Reason, string By, DateTimeOffset At);

/// <summary>A rig whose runtime failed to start too often.</summary>
public sealed record OpenCircuit(string RigId, string Runtime, int Failures, string? Reason, DateTimeOffset OpenedAt);

/// <summary>A node's slots as the scheduler sees them.</summary>
public sealed record NodeCapacity(string NodeId, int Slots, int Used, bool Draining, DateTimeOffset LastSeenAt);

/// <summary>One entry of <c>GET /runtime/nodes</c>: a machine that runs agents, or did lately.</summary>
/// <param name="WithdrawnAt">Since when it offers nothing: it was drained or stopped. What it keeps may still be asked for.</param>
public sealed record KnownNode(NodeSnapshot Node, DateTimeOffset LastSeenAt, DateTimeOffset? WithdrawnAt);

/// <summary>A node that did not answer when all were asked; what it would have said is missing.</summary>
public sealed record UnreachableNode(string NodeId, string? Url, string Reason, DateTimeOffset LastSeenAt);

/// <summary>A rig's share as the scheduler sees it.</summary>
public sealed record RigCapacity(string RigId, int MaxWorkers, int Running, int Waiting, string? Closed);

/// <summary><c>GET /scheduler</c>.</summary>
/// <param name="WaitBoundSeconds">Whoever has waited so long goes before everything newer, whatever its priority or rig.</param>
public sealed record SchedulerStatus(
    int MaxWorkers, int Running, int StartsPerMinute, int StartsLeft, double WaitBoundSeconds, IReadOnlyList<SchedulerPause> Paused, IReadOnlyList<OpenCircuit> Circuits,
    IReadOnlyList<NodeCapacity> Nodes, IReadOnlyList<RigCapacity> Rigs, IReadOnlyList<WaitingAssignment> Waiting);

/// <summary><c>POST /runtime/stop|resume</c>. Scope: <c>town</c>, <c>rig:id</c> or <c>convoy:id</c>.</summary>
public sealed record StopRequest(string? Scope, string? Reason = null);

/// <summary>Work of a stopped scope that somebody still has, or that is on its way to a node.</summary>
public sealed record HeldWork(Guid AssignmentId, string WorkItemId, string? AgentId, string? NodeId, Guid? SessionId, bool Leased);

/// <summary>One entry of <c>GET /runtime/stops</c>: an emergency stop in force.</summary>
/// <param name="ClearedAt">Since when nothing of it is under a lease; null while something still is.</param>
public sealed record EmergencyStop(string Scope, string? Reason, string By, DateTimeOffset At, DateTimeOffset? ClearedAt, IReadOnlyList<HeldWork> Left);

/// <summary><c>POST /runtime/workers</c>: sling to the rig's pool.</summary>
public sealed record SpawnWorker(string? RigId, string? WorkItemId);

/// <summary>One thing the reconciler put right.</summary>
public sealed record Repair(string What, string? WorkItemId, Guid? AssignmentId, string Before, string After);

/// <summary><c>POST /runtime/reconcile</c>.</summary>
public sealed record ReconcileResult(IReadOnlyDictionary<string, int> Checked, IReadOnlyList<Repair> Repairs);
