using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.Supervisor.Data;

/// <summary>One run of an agent, from the command that asked for it to the town's answer about its end.</summary>
sealed class SessionRow
{
    /// <summary>Order of arrival.</summary>
    public long Number { get; set; }
    public Guid Id { get; set; }
    public string NodeId { get; set; } = "";
    public Guid AssignmentId { get; set; }
    public string AgentId { get; set; } = "";
    public string RigId { get; set; } = "";
    public string WorkItemId { get; set; } = "";
    public string RequestedBy { get; set; } = "";
    public string? ConvoyId { get; set; }
    public long Fence { get; set; }
    public SessionState State { get; set; }
    public SessionPhase Phase { get; set; }
    /// <summary>pid:start:boot of the group's leader.</summary>
    public string? Process { get; set; }
    public int? ExitCode { get; set; }
    public string? Reason { get; set; }
    public string? Worktree { get; set; }
    public string? Branch { get; set; }
    /// <summary>Where the branch began.</summary>
    public string? BaseCommit { get; set; }
    public MergeStrategy Merge { get; set; }
    /// <summary>Set once somebody wants it ended; holds across a restart.</summary>
    public EndKind? StopKind { get; set; }
    public string? StopReason { get; set; }
    /// <summary>The hook that shall go on with it; null means its own.</summary>
    public string? StopTo { get; set; }
    /// <summary>What was sent to how many processes, and what was left.</summary>
    public string? StopProof { get; set; }
    /// <summary>What the town must still be told.</summary>
    public SessionReport? Report { get; set; }
    public long OutputBytes { get; set; }
    public string? Progress { get; set; }
    /// <summary>Of the command that asked for it, as a W3C trace parent; null where nobody recorded one.</summary>
    public string? TraceParent { get; set; }
    public DateTimeOffset? LastProgressAt { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public long Version { get; set; }

    public ProcessIdentity? Identity => ProcessIdentity.TryParse(Process, out var identity) ? identity : null;

    /// <summary>Moves on; what <see cref="SessionPhases"/> does not allow is a defect, not a case to handle.</summary>
    public void Go(SessionPhase phase, SessionState state)
    {
        if (!SessionPhases.CanGo(Phase, phase) || !SessionPhases.Allows(phase, state))
            throw new InvalidOperationException($"session {Id} cannot go from {Phase} to {phase}/{state}");
        (Phase, State) = (phase, state);
        Version++;
    }

    public SessionSnapshot ToSnapshot() => new(
        Id, NodeId, AgentId, RigId, WorkItemId, AssignmentId, Fence, State, Identity?.Pid, Identity?.Start, ExitCode, Reason, Worktree,
        OutputBytes, Progress, LastProgressAt, CreatedAt, StartedAt, EndedAt);
}
