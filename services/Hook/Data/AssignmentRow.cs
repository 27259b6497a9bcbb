using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Domain;

namespace ClaudeManage.Hook.Data;

/// <summary>One entry of a hook's queue, from sling to end. Rows are never deleted: they are the receipts.</summary>
sealed class AssignmentRow
{
    public Guid Id { get; set; }

    public string WorkItemId { get; set; } = "";

    public string RigId { get; set; } = "";

    public string HookId { get; set; } = "";

    /// <summary>Where it returns when a lease on it is lost: the pool, or the hook it was slung to.</summary>
    public string HomeHookId { get; set; } = "";

    public string? AgentId { get; set; }

    public AssignmentState State { get; set; }

    public int Priority { get; set; }

    /// <summary>Order within a hook; see <see cref="Ageing"/>.</summary>
    public long Rank { get; set; }

    public int Attempt { get; set; } = 1;

    public int MaxAttempts { get; set; } = 3;

    public long Fence { get; set; }

    public long Revision { get; set; }

    /// <summary>Slung before its item was ready: on the hook, not claimable, and nobody has been told yet.</summary>
    public bool Held { get; set; }

    public DateTimeOffset EnqueuedAt { get; set; }

    public DateTimeOffset? NotBefore { get; set; }

    public string? ConvoyId { get; set; }

    public MergeStrategy Merge { get; set; }

    public string? BaseBranch { get; set; }

    public string? Branch { get; set; }

    public string? Args { get; set; }

    public string? Feedback { get; set; }

    /// <summary>Hash of the token of the last lease; kept after completion, so that a repeated "done" finds its answer.</summary>
    public string? LeaseHash { get; set; }

    public string? LeaseHolder { get; set; }

    /// <summary>The holder while it may hold one lease only; unique, so the database itself refuses the second.</summary>
    public string? LeaseSlot { get; set; }

    public DateTimeOffset? LeaseUntil { get; set; }

    public DateTimeOffset? LeasedAt { get; set; }

    /// <summary>TTL of the lease that runs.</summary>
    public int LeaseSeconds { get; set; }

    /// <summary>TTL of a lease a supervisor takes; copied from the rig so that a claim need not read it.</summary>
    public int SupervisedSeconds { get; set; } = 90;

    /// <summary>TTL of a bare claim.</summary>
    public int BareSeconds { get; set; } = 900;

    /// <summary>A supervisor shall run it: it has a dispatch saga.</summary>
    public bool Managed { get; set; }

    /// <summary>A workflow step's command, for a supervisor to run; no claim of an agent gets it.</summary>
    public PlannedRun? Run { get; set; }

    public string? NodeId { get; set; }

    /// <summary>Set from dispatch to the end of the lease; a queued row with a session is on its way to a node.</summary>
    public Guid? SessionId { get; set; }

    public DateTimeOffset? DispatchedAt { get; set; }

    /// <summary>The handoff whose context belongs to the next lease.</summary>
    public Guid? HandoffId { get; set; }

    public CompletionResult? Result { get; set; }

    public double CostUsd { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>How often the item came back from the merge queue since it was slung.</summary>
    public int MergeReturns { get; set; }

    /// <summary>What the merge queue made of it: merged, conflicted, rejected.</summary>
    public string? MergeOutcome { get; set; }

    /// <summary>Of the sling: what is done with it later joins that trace. Null where nobody recorded one.</summary>
    public string? TraceParent { get; set; }

    public long Version { get; set; }

    public AssignmentSnapshot ToSnapshot() => new(
        Id, WorkItemId, RigId, HookId, AgentId, State, Priority, Attempt, MaxAttempts, Fence, Revision,
        State == AssignmentState.Leased ? LeaseUntil : null, ConvoyId, Merge, BaseBranch, Branch, Args, Feedback, EnqueuedAt, NotBefore, NodeId, SessionId, Result, Run);
}

/// <summary>The answer given to a completion that did not end its assignment (failed, blocked): the same for every repetition.</summary>
sealed class SpentLeaseRow
{
    public string TokenHash { get; set; } = "";

    public string WorkItemId { get; set; } = "";

    public long Fence { get; set; }

    public CompletionResult Result { get; set; } = null!;
}

/// <summary>The last fence of an item: grows with every lease, survives assignments.</summary>
sealed class FenceRow
{
    public string WorkItemId { get; set; } = "";

    public long Fence { get; set; }
}
