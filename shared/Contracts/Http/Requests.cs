using System.Text.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Contracts.Http;

/// <summary>A page of a list; <paramref name="Next"/> is opaque, null on the last page.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary><c>POST /rigs</c>.</summary>
public sealed record CreateRig(string Name, string Prefix, string? GitUrl = null, string? DefaultBranch = null, RigSettings? Settings = null);

/// <summary><c>PATCH /rigs/{id}</c>; what is null stays.</summary>
public sealed record UpdateRig(string? GitUrl = null, string? DefaultBranch = null, RigSettings? Settings = null);

/// <summary>One item of <c>POST /work-items</c>. <paramref name="Key"/> names it inside its batch (<c>#key</c>).</summary>
/// <param name="Items">Instead of everything else: a batch, made in one transaction.</param>
public sealed record CreateWorkItem(
    string? RigId,
    string? Title,
    string? Description = null,
    WorkItemType? Type = null,
    int? Priority = null,
    string? Id = null,
    string? Key = null,
    string? ParentId = null,
    IReadOnlyList<string>? Labels = null,
    IReadOnlyList<string>? DependsOn = null,
    string? Design = null,
    IReadOnlyList<AcceptanceCriterion>? Acceptance = null,
    string? Notes = null,
    string? ExternalRef = null,
    DateTimeOffset? DeferUntil = null,
    DateTimeOffset? DueAt = null,
    int? EstimateMinutes = null,
    bool? Ephemeral = null,
    IReadOnlyList<CreateWorkItem>? Items = null);

/// <summary><c>PATCH /work-items/{id}</c>; what is null stays. An empty string clears a text.</summary>
public sealed record UpdateWorkItem(
    string? Title = null,
    string? Description = null,
    WorkItemType? Type = null,
    int? Priority = null,
    IReadOnlyList<string>? Labels = null,
    string? Design = null,
    IReadOnlyList<AcceptanceCriterion>? Acceptance = null,
    string? Notes = null,
    string? ExternalRef = null,
    DateTimeOffset? DeferUntil = null,
    DateTimeOffset? DueAt = null,
    int? EstimateMinutes = null);

/// <summary><c>POST /work-items/{id}/close</c>.</summary>
public sealed record CloseWorkItem(OutcomeKind? Kind = null, string? Reason = null);

/// <summary>A verb that only needs to say why.</summary>
public sealed record WithReason(string? Reason = null);

/// <summary><c>POST /work-items/{id}/dependencies</c>.</summary>
public sealed record AddDependency(string? TargetId, DependencyType Type = DependencyType.Blocks);

/// <summary><c>POST /work-items/{id}/comments</c>.</summary>
public sealed record AddComment(string? Text);

/// <summary>A comment as it is kept.</summary>
public sealed record Comment(Guid Id, string WorkItemId, string Author, string Text, DateTimeOffset CreatedAt);

/// <summary>One row of the trail.</summary>
public sealed record TrailEntry(
    Guid EventId, long Sequence, string ActorAgentId, string? WorkItemId, string? WorkflowInstanceId, string? ConvoyId, string? RigId, string EventType,
    System.Text.Json.JsonElement Payload, DateTimeOffset EmittedAt, DateTimeOffset RecordedAt, string PrevHash, string Hash);

/// <summary><c>POST /agents</c>.</summary>
public sealed record CreateAgent(string? Id, string? DisplayName = null, string? Runtime = null, IReadOnlyList<string>? Tags = null);

/// <summary><c>POST /hooks/{hookId}/sling</c>: one item, several, or an epic's leaf children.</summary>
/// <param name="Move">Take it from the hook it is queued on, if it is not leased.</param>
/// <param name="WhenReady">Accept an item that is not ready; it waits on the hook until it is.</param>
public sealed record SlingRequest(
    string? WorkItemId = null,
    IReadOnlyList<string>? WorkItemIds = null,
    string? EpicId = null,
    string? ConvoyId = null,
    bool Move = false,
    bool WhenReady = false,
    string? Args = null,
    int? Priority = null,
    int? MaxAttempts = null,
    string? BaseBranch = null,
    MergeStrategy? Merge = null,
    DateTimeOffset? NotBefore = null);

/// <summary>Where a sling went and what happens next: <c>dispatch</c>, <c>slot</c>, <c>dependency</c>, <c>claim</c>, <c>time</c>.</summary>
public sealed record SlingResult(Guid AssignmentId, string WorkItemId, string HookId, AssignmentState State, string? ConvoyId, string Next);

/// <summary>Several slings answered together.</summary>
public sealed record SlingResults(IReadOnlyList<SlingResult> Items);

/// <summary>The lease of a claim. <paramref name="Token"/> is shown once and stored hashed.</summary>
public sealed record Lease(string Token, long Fence, DateTimeOffset Until);

/// <summary>A step of the wisp that was claimed.</summary>
public sealed record ClaimStep(string Id, string Title, string? Description, StepState State);

/// <summary>What a worker gets with its lease.</summary>
/// <param name="Steps">Of a wisp: its checklist as far as it is; empty for everything else.</param>
/// <param name="SessionToken">Only for a supervisor: a bearer token that acts as the agent, for this assignment only.</param>
public sealed record ClaimResult(
    AssignmentSnapshot Assignment, WorkItemSnapshot WorkItem, HandoffSnapshot? Handoff, IReadOnlyList<ClaimStep> Steps, Lease Lease, string? SessionToken = null);

/// <summary><c>POST /leases/renew</c>: one token or many.</summary>
public sealed record RenewRequest(string? Token = null, IReadOnlyList<string>? Tokens = null);

/// <summary>A renewed lease, or why not.</summary>
public sealed record RenewResult(long Fence, DateTimeOffset? Until, string? Refused = null);

/// <summary>Answers to a batch of renewals, in the order asked.</summary>
public sealed record RenewResults(IReadOnlyList<RenewResult> Items);

/// <summary><c>POST /leases/release</c>.</summary>
/// <param name="Dead">The holder was proved dead by its supervisor; the attempt counts.</param>
public sealed record ReleaseRequest(string? Token, string? Reason = null, bool Dead = false);

/// <summary><c>POST /work-items/{id}/done</c>.</summary>
public sealed record DoneRequest(
    string? LeaseToken,
    CompletionOutcome? Outcome = null,
    string? Summary = null,
    string? Reason = null,
    string? Branch = null,
    string? Commit = null,
    IReadOnlyList<Artifact>? Artifacts = null,
    Usage? Usage = null,
    IReadOnlyList<AcceptanceResult>? Acceptance = null,
    JsonElement? Output = null,
    string? FailureClass = null);

/// <summary>How an acceptance command ended.</summary>
public sealed record AcceptanceResult(int Index, int ExitCode, string? Output = null);

/// <summary>The stored answer; <paramref name="Replayed"/> when the same token said it before.</summary>
public sealed record DoneResult(string WorkItemId, WorkItemState State, CompletionResult Outcome, long Fence, bool Replayed);

/// <summary><c>POST /handoffs</c>. With <paramref name="Gate"/> and no target the work is parked until the gate opens.</summary>
public sealed record HandoffRequest(
    string? LeaseToken,
    string? To = null,
    string? Reason = null,
    HandoffContext? Context = null,
    string? Branch = null,
    string? Commit = null,
    HandoffGate? Gate = null);

/// <summary>What opens parked work. Only <c>time</c> is served here.</summary>
public sealed record HandoffGate(string Type, DateTimeOffset? OpensAt = null);

/// <summary><c>POST /resumes</c>.</summary>
public sealed record ResumeRequest(Guid? HandoffId = null, string? WorkItemId = null, string? AgentId = null);

/// <summary><c>POST /agents/{id}/mail</c>.</summary>
public sealed record SendMail(string? Subject, string? Body, string? Type = null, int? Priority = null, Guid? ThreadId = null, string? WorkItemId = null);

/// <summary><c>POST /tokens</c>: a bearer token for somebody.</summary>
public sealed record CreateToken(string? Subject, string? Role = null, IReadOnlyList<string>? Rigs = null, int? LifetimeMinutes = null);

/// <summary>A bearer token, shown once.</summary>
public sealed record TokenResult(string Token, string Subject, string Role, DateTimeOffset ExpiresAt);

/// <summary><c>GET /whoami</c>: what the caller's token says.</summary>
public sealed record WhoAmI(string Actor, string Role, IReadOnlyList<string> Rigs);

/// <summary><c>POST /sessions/{id}/nudge</c>.</summary>
/// <param name="Kind">nudge (default), or handoff: a request to hand off.</param>
public sealed record NudgeRequest(string? Text, string? Kind = null);
