using System.Text.Json;
using System.Text.Json.Serialization;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Contracts.Hook;

/// <summary>Where an entry of a hook's queue stands.</summary>
[JsonConverter(typeof(SnakeCase<AssignmentState>))]
public enum AssignmentState
{
    /// <summary>On the hook, nobody has it.</summary>
    Queued,

    /// <summary>Under a lease.</summary>
    Leased,

    /// <summary>Set aside until a gate opens or a handoff is accepted.</summary>
    Parked,

    /// <summary>Done, with its result.</summary>
    Completed,

    /// <summary>Taken off the hook.</summary>
    Released,

    /// <summary>All attempts used; a person must look.</summary>
    Exhausted,
}

/// <summary>What a worker says of its work.</summary>
[JsonConverter(typeof(SnakeCase<CompletionOutcome>))]
public enum CompletionOutcome
{
    /// <summary>Done; strategies that land a branch need branch and commit.</summary>
    Completed,

    /// <summary>Could not be done; the attempt counts.</summary>
    Failed,

    /// <summary>Nothing had to change; needs a reason.</summary>
    NoChange,

    /// <summary>Something else must happen first; the attempt counts.</summary>
    Blocked,
}

/// <summary>The stored answer to a completion: the same for the first call and every repetition.</summary>
/// <param name="State">The state the work item goes to.</param>
/// <param name="Output">What later steps of its workflow may use; JSON of at most 256 KiB.</param>
/// <param name="FailureClass">transient, agent_refused, context_full, quota, tests, timeout or permanent.</param>
public sealed record CompletionResult(
    CompletionOutcome Outcome,
    WorkItemState State,
    string? Summary,
    string? Reason,
    string? Branch,
    string? Commit,
    IReadOnlyList<Artifact>? Artifacts,
    Usage? Usage,
    string By,
    long Fence,
    DateTimeOffset At,
    JsonElement? Output = null,
    string? FailureClass = null);

/// <summary>One entry of a hook's queue at one revision.</summary>
/// <param name="AgentId">Whose hook it is on, or who holds it; null while it waits in a pool.</param>
/// <param name="Fence">The last fence granted for the item; 0 before the first lease.</param>
/// <param name="Revision">Grows with every change of any assignment of the item; older facts are ignored.</param>
/// <param name="Merge">The strategy decided at the sling.</param>
/// <param name="Feedback">What came back with it: the queue's refusal, the last failure.</param>
/// <param name="Run">A workflow step's command, which a supervisor runs; no agent is given the work. Null for everything else.</param>
public sealed record AssignmentSnapshot(
    Guid Id,
    string WorkItemId,
    string RigId,
    string HookId,
    string? AgentId,
    AssignmentState State,
    int Priority,
    int Attempt,
    int MaxAttempts,
    long Fence,
    long Revision,
    DateTimeOffset? LeaseUntil,
    string? ConvoyId,
    MergeStrategy Merge,
    string? BaseBranch,
    string? Branch,
    string? Args,
    string? Feedback,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset? NotBefore,
    string? NodeId,
    Guid? SessionId,
    CompletionResult? Result,
    PlannedRun? Run = null);

/// <summary>What the one who takes over needs to know.</summary>
public sealed record HandoffContext(
    string? Summary = null,
    IReadOnlyList<string>? Done = null,
    IReadOnlyList<string>? Next = null,
    IReadOnlyList<string>? Files = null,
    IReadOnlyList<string>? OpenQuestions = null,
    string? Notes = null);

/// <summary>Whether a handoff was taken up.</summary>
[JsonConverter(typeof(SnakeCase<HandoffState>))]
public enum HandoffState
{
    /// <summary>Waiting to be resumed.</summary>
    Pending,

    /// <summary>Parked on a gate.</summary>
    Parked,

    /// <summary>Resumed, once.</summary>
    Accepted,

    /// <summary>Not taken up in time; the work went to the rig's pool.</summary>
    Expired,
}

/// <summary>Work passed on, with its context.</summary>
public sealed record HandoffSnapshot(
    Guid Id,
    HandoffState State,
    string WorkItemId,
    Guid AssignmentId,
    string FromAgentId,
    string ToHookId,
    string? Reason,
    HandoffContext Context,
    string? Branch,
    string? Commit,
    DateTimeOffset CreatedAt,
    DateTimeOffset? OpensAt,
    DateTimeOffset? AcceptedAt,
    string? AcceptedBy);

/// <summary>A message between actors; the sender is who the token says.</summary>
/// <param name="Takes">How often somebody took it to handle it; names the last of them.</param>
/// <param name="TakenUntil">Until then it is the last taker's; null when nobody has it.</param>
/// <param name="GivenBack">How many of the takes were given back and say nothing about the message.</param>
public sealed record MailSnapshot(
    Guid Id,
    string From,
    string To,
    string Subject,
    string Body,
    string Type,
    int Priority,
    Guid ThreadId,
    string? WorkItemId,
    DateTimeOffset SentAt,
    DateTimeOffset? ReadAt,
    DateTimeOffset? AckedAt,
    DateTimeOffset? ArchivedAt,
    int Takes = 0,
    DateTimeOffset? TakenUntil = null,
    int GivenBack = 0);
