using ClaudeManage.Contracts.Refinery;

namespace ClaudeManage.Refinery.Domain;

/// <summary>How far one gate is.</summary>
enum GateProgress { Pending, Running, Passed, Failed }

/// <param name="OnCandidate">On the tree that would land.</param>
/// <param name="OnTarget">On the target's own tip; looked at only when the gate failed on the candidate.</param>
sealed record GatePicture(string Name, bool Required, GateProgress OnCandidate, GateProgress OnTarget = GateProgress.Pending);

/// <param name="NotBefore">Not tried earlier: its commit is awaited.</param>
/// <param name="Gates">In the order in which they run; empty for a request without a candidate.</param>
/// <param name="Held">It lands only together with its convoy.</param>
sealed record RequestPicture(string Id, MergeRequestState State, int Priority, DateTimeOffset QueuedAt, DateTimeOffset? NotBefore, IReadOnlyList<GatePicture> Gates, bool Held = false);

/// <summary>One of the requests that land together, on top of each other.</summary>
sealed record ChainLink(string RequestId, string Commit, string? Candidate, string Branch);

/// <summary>What a rig has to do for a convoy that is being landed.</summary>
/// <param name="Chain">Its requests in the order in which they land; never empty.</param>
sealed record PartPicture(string ConvoyId, PartDuty Duty, IReadOnlyList<ChainLink> Chain)
{
    /// <summary>Targets are moving: neither a pause nor a red target leaves that half done.</summary>
    public bool Urgent => Duty is PartDuty.Move or PartDuty.Restore;
}

/// <param name="Held">Paused, by a person or by trouble.</param>
/// <param name="RetryAt">When a held queue is tried again by itself; null: only a person resumes it.</param>
/// <param name="Red">Held because the target itself fails a gate.</param>
/// <param name="Busy">A step of this rig is being carried out.</param>
sealed record RigPicture(string Id, int MaxConcurrent, bool Held, DateTimeOffset? RetryAt, bool Red, bool Busy, IReadOnlyList<RequestPicture> Requests, PartPicture? Part = null);

sealed record PlanLimits(int MaxConcurrentGates, TimeSpan Ageing);

/// <summary>Something to do now.</summary>
abstract record Step(string RigId, string RequestId);

/// <summary>Look whether the request can land at all, and put what would land together.</summary>
/// <param name="On">What it is to stand on; null: the target's tip.</param>
sealed record BuildCandidate(string RigId, string RequestId, ChainLink? On = null) : Step(RigId, RequestId);

sealed record RunGate(string RigId, string RequestId, string Gate, bool OnTarget) : Step(RigId, RequestId);

/// <summary>Every required gate passed: move the target.</summary>
sealed record Land(string RigId, string RequestId) : Step(RigId, RequestId);

/// <summary>The gate fails with the change and passes without it.</summary>
sealed record Refuse(string RigId, string RequestId, string Gate) : Step(RigId, RequestId);

/// <summary>The gate fails on the target's own tip: nobody in the queue is to blame.</summary>
sealed record StopRed(string RigId, string RequestId, string Gate) : Step(RigId, RequestId);

/// <summary>Look whether a target that failed its own gates has moved since.</summary>
sealed record ProbeTarget(string RigId, string RequestId) : Step(RigId, RequestId);

/// <summary>It is not held by a convoy any more: it lands by itself.</summary>
sealed record Release(string RigId, string RequestId) : Step(RigId, RequestId);

/// <summary>All of the rig's requests are proved: see whether that holds for how they would land.</summary>
sealed record CheckChain(string RigId, string RequestId, string ConvoyId, IReadOnlyList<string> Candidates) : Step(RigId, RequestId);

/// <summary>Every rig of the convoy is proved, and it is this one's turn.</summary>
sealed record MoveTarget(string RigId, string RequestId, string ConvoyId) : Step(RigId, RequestId);

/// <summary>Another rig's target did not move: take this one's back.</summary>
sealed record RestoreTarget(string RigId, string RequestId, string ConvoyId) : Step(RigId, RequestId);
