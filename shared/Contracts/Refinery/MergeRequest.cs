using System.Text.Json.Serialization;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Contracts.Refinery;

/// <summary>Where a merge request stands.</summary>
[JsonConverter(typeof(SnakeCase<MergeRequestState>))]
public enum MergeRequestState
{
    /// <summary>Waiting for its turn.</summary>
    Queued,

    /// <summary>Part of a candidate.</summary>
    Batched,

    /// <summary>Its candidate is being checked.</summary>
    Gating,

    /// <summary>Its candidate passed and is being landed.</summary>
    Landing,

    /// <summary>Its candidate passed; it lands together with the others of its convoy.</summary>
    Proved,

    /// <summary>In the target branch, proved.</summary>
    Merged,

    /// <summary>Does not apply to the target.</summary>
    Conflicted,

    /// <summary>Refused, with the reason.</summary>
    Rejected,

    /// <summary>A newer completion of the item took its place.</summary>
    Superseded,
}

/// <summary>Why a request does not apply.</summary>
public sealed record ConflictInfo(IReadOnlyList<string> Files, string Target, string TargetCommit, string? Detail);

/// <summary>One change on its way into a target branch.</summary>
/// <param name="Base">Where the branch left the target.</param>
/// <param name="Feedback">What goes back to the worker when it is refused.</param>
public sealed record MergeRequestSnapshot(
    string Id,
    string RigId,
    string? WorkItemId,
    string Title,
    string Branch,
    string Commit,
    string? Base,
    string Target,
    string Author,
    long Fence,
    int Priority,
    MergeStrategy Strategy,
    int Attempt,
    MergeRequestState State,
    IReadOnlyList<Guid> GateRunIds,
    ConflictInfo? Conflict,
    string? Feedback,
    string? MergedCommit,
    string? ConvoyId,
    DateTimeOffset QueuedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? EndedAt,
    long Version);

/// <summary>How one gate ended.</summary>
[JsonConverter(typeof(SnakeCase<GateResult>))]
public enum GateResult
{
    /// <summary>Not finished.</summary>
    Running,

    /// <summary>Exit code 0.</summary>
    Passed,

    /// <summary>Any other exit code.</summary>
    Failed,

    /// <summary>Took longer than allowed: failed.</summary>
    TimedOut,

    /// <summary>Could not be started: failed.</summary>
    NotStarted,
}

/// <summary>One run of one gate on one tree.</summary>
/// <param name="Cached">The same tree had passed the same definition before; nothing was run.</param>
public sealed record GateRunSnapshot(
    Guid Id,
    string RigId,
    string? MergeRequestId,
    string Gate,
    string Tree,
    string Commit,
    GateResult Result,
    int? ExitCode,
    int Tries,
    bool Flaky,
    bool Cached,
    string? OutputTail,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt);
