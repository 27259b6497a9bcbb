using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Contracts.Http;

/// <summary><c>POST /merge-requests</c>: a branch that did not come from an agent's completion.</summary>
/// <param name="Commit">Null: whatever the branch is at when it is looked at first.</param>
/// <param name="Strategy">Null: the rig's.</param>
public sealed record CreateMergeRequest(string? RigId, string? Branch, string? Commit = null, string? Title = null, int? Priority = null, MergeStrategy? Strategy = null);

/// <summary><c>POST /merge-requests/{id}/prioritize</c>; 0 is the highest.</summary>
public sealed record PrioritizeMergeRequest(int Priority = 0);

/// <summary>One gate run with where its output is.</summary>
/// <param name="OnTarget">Run on the target's own tip, to see whose fault a failure is.</param>
/// <param name="Interrupted">Stopped with the refinery: no result.</param>
public sealed record GateRunDetail(
    Guid Id, string RigId, string? MergeRequestId, string Gate, string Tree, string Commit, GateResult Result, int? ExitCode, int Tries, bool Flaky, bool Cached,
    bool OnTarget, bool Interrupted, string? OutputTail, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string Log);

/// <summary><c>GET /merge-requests/{id}</c>.</summary>
/// <param name="Candidate">The commit that would land, or landed.</param>
/// <param name="Position">Its place in the queue, from 1; null when it has ended.</param>
/// <param name="WaitingFor">What it waits for, in words; null when it has ended.</param>
public sealed record MergeRequestDetail(
    string Id, string RigId, string? WorkItemId, string Title, string Branch, string Commit, string? Base, string Target, string Author, long Fence, int Priority,
    MergeStrategy Strategy, int Attempt, MergeRequestState State, string? Candidate, ConflictInfo? Conflict, string? Feedback, string? MergedCommit, string? ConvoyId,
    DateTimeOffset QueuedAt, DateTimeOffset UpdatedAt, DateTimeOffset? EndedAt, long Version, int? Position, string? WaitingFor, IReadOnlyList<GateRunDetail> GateRuns);

/// <summary>One entry of a merge queue, in the order in which it is tried.</summary>
public sealed record MergeQueueEntry(int Position, string Id, string? WorkItemId, string Title, string Branch, string Author, int Priority, MergeRequestState State, DateTimeOffset QueuedAt, string WaitingFor);

/// <summary>A gate that failed and then passed on the same tree.</summary>
public sealed record FlakyGate(string Gate, int Times, DateTimeOffset LastAt);

/// <summary><c>GET /rigs/{id}/merge-queue</c>.</summary>
/// <param name="Gates">The names of the gates in order, or the text <c>none</c>: then a request lands as soon as it merges, unchecked.</param>
/// <param name="Paused">Nothing lands; <paramref name="Reason"/> says why and <paramref name="RetryAt"/> when it is tried again by itself.</param>
/// <param name="AgeingMinutes">A request of priority p is never overtaken by one queued more than p times this long after it.</param>
public sealed record MergeQueueView(
    string RigId, string? Target, object Gates, bool Paused, string? PausedBy, string? PauseKind, string? Reason, DateTimeOffset? PausedAt, DateTimeOffset? RetryAt,
    int MaxConcurrent, int AgeingMinutes, int Queued, int Gating, IReadOnlyList<MergeQueueEntry> Requests, IReadOnlyList<FlakyGate> FlakyGates);
