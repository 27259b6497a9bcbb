using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Hook.Data;

/// <summary>A permanent identity with its profile. What it is doing is read from the assignments.</summary>
sealed class AgentRow
{
    public string Id { get; set; } = "";

    public string Role { get; set; } = "";

    public string? RigId { get; set; }

    public string? DisplayName { get; set; }

    public string? Runtime { get; set; }

    public IReadOnlyList<string> Tags { get; set; } = [];

    public IReadOnlyList<string> Skills { get; set; } = [];

    public string? Instructions { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? RetiredAt { get; set; }

    public long Version { get; set; }

    public static AgentRow New(string id, DateTimeOffset now) =>
        new() { Id = id, Role = ActorAddress.RoleOf(id), RigId = ActorAddress.RigOf(id), CreatedAt = now, Version = 1 };

    public AgentSnapshot ToSnapshot(AssignmentRow? current = null) => new(
        Id, Role, RigId, DisplayName, Runtime,
        RetiredAt is not null ? AgentState.Retired : current?.State switch
        {
            AssignmentState.Leased => AgentState.Working,
            AssignmentState.Parked => AgentState.Parked,
            _ => AgentState.Idle,
        },
        current?.NodeId, current?.Id, Tags, CreatedAt, RetiredAt, Version);
}

/// <summary>What Work last said of an item.</summary>
sealed class ItemCopy
{
    public string Id { get; set; } = "";

    public string RigId { get; set; } = "";

    public string? ParentId { get; set; }

    public WorkItemType Type { get; set; }

    public WorkItemState State { get; set; }

    public bool Ready { get; set; }

    public bool Trashed { get; set; }

    /// <summary>There is nothing to do on it, unless it is opened again or restored.</summary>
    public bool IsOver => State == WorkItemState.Closed || Trashed;

    /// <summary>Indexes of the acceptance criteria that have a command.</summary>
    public IReadOnlyList<int> AcceptanceCommands { get; set; } = [];

    /// <summary>The last assignment revision Work has applied.</summary>
    public long Revision { get; set; }

    public WorkItemSnapshot Snapshot { get; set; } = null!;

    /// <summary>Of the request that created it, as a W3C trace parent; null where nobody recorded one.</summary>
    public string? TraceParent { get; set; }

    public long Version { get; set; }
}

/// <summary>What Work last said of a rig.</summary>
sealed class RigCopy
{
    public string Id { get; set; } = "";

    public RigSnapshot Snapshot { get; set; } = null!;

    public long Version { get; set; }

    /// <summary>Whether supervisors start this rig's agents.</summary>
    public bool IsManaged => Snapshot.Settings.RuntimeOptions?.Command is { Count: > 0 };

    /// <summary>Whether a supervisor runs what is on this hook: the rig's agents where it names a program for them, and a step's own command in any case.</summary>
    public bool Runs(string hookId, PlannedRun? run) => (IsManaged || run is not null) && IsRunByRig(hookId);

    /// <summary>Whether a hook is one that supervisors serve at all.</summary>
    public static bool IsRunByRig(string hookId) => ActorAddress.RoleOf(hookId) is ActorAddress.PoolName or "polecats" or "crew";
}

/// <summary>A machine that runs agents, as last heard of.</summary>
sealed class NodeRow
{
    public string NodeId { get; set; } = "";

    public NodeSnapshot Snapshot { get; set; } = null!;

    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>It withdrew; a heartbeat from before that does not bring it back.</summary>
    public DateTimeOffset? StoppedAt { get; set; }
}

/// <summary>Work passed on or parked, with its context.</summary>
sealed class HandoffRow
{
    public Guid Id { get; set; }

    public HandoffState State { get; set; }

    public string WorkItemId { get; set; } = "";

    public Guid AssignmentId { get; set; }

    public string FromAgentId { get; set; } = "";

    public string ToHookId { get; set; } = "";

    public string? Reason { get; set; }

    public HandoffContext Context { get; set; } = new();

    public string? Branch { get; set; }

    public string? Commit { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? OpensAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? AcceptedAt { get; set; }

    public string? AcceptedBy { get; set; }

    public long Version { get; set; }

    public HandoffSnapshot ToSnapshot() =>
        new(Id, State, WorkItemId, AssignmentId, FromAgentId, ToHookId, Reason, Context, Branch, Commit, CreatedAt, OpensAt, AcceptedAt, AcceptedBy);
}

/// <summary>A message in somebody's inbox; never destroyed by reading.</summary>
sealed class MailRow
{
    public Guid Id { get; set; }

    public string From { get; set; } = "";

    public string To { get; set; } = "";

    public string Subject { get; set; } = "";

    public string Body { get; set; } = "";

    public string Type { get; set; } = "";

    public int Priority { get; set; }

    public Guid ThreadId { get; set; }

    public string? WorkItemId { get; set; }

    public DateTimeOffset SentAt { get; set; }

    public DateTimeOffset? ReadAt { get; set; }

    public DateTimeOffset? AckedAt { get; set; }

    public DateTimeOffset? ArchivedAt { get; set; }

    public int Takes { get; set; }

    public DateTimeOffset? TakenUntil { get; set; }

    public int GivenBack { get; set; }

    public MailSnapshot ToSnapshot() => new(Id, From, To, Subject, Body, Type, Priority, ThreadId, WorkItemId, SentAt, ReadAt, AckedAt, ArchivedAt, Takes, TakenUntil, GivenBack);
}

/// <summary>No new dispatch in this scope: <c>town</c> or <c>rig:id</c>.</summary>
sealed class PauseRow
{
    public string Scope { get; set; } = "";

    public string? Reason { get; set; }

    public string By { get; set; } = "";

    public DateTimeOffset At { get; set; }
}

/// <summary>An emergency stop: nothing of this scope (see <see cref="StopScope"/>) is claimed or started until the row is gone.</summary>
sealed class StopRow
{
    public string Scope { get; set; } = "";

    /// <summary>Of this order; a later one of the same scope has another.</summary>
    public Guid Id { get; set; }

    public string? Reason { get; set; }

    public string By { get; set; } = "";

    public DateTimeOffset At { get; set; }

    public DateTimeOffset? ClearedAt { get; set; }

    /// <summary>Leases that nobody gave back in time.</summary>
    public int TakenBack { get; set; }
}

/// <summary>Failed starts in a row of a rig's runtime, by the rig's own fault.</summary>
sealed class CircuitRow
{
    public string RigId { get; set; } = "";

    public string Runtime { get; set; } = "";

    public int Failures { get; set; }

    public string? LastReason { get; set; }

    public DateTimeOffset? OpenedAt { get; set; }
}

/// <summary>The due message that a recurring job of this module waits for.</summary>
sealed class RecurringRow
{
    public string Name { get; set; } = "";

    public Guid Token { get; set; }
}

/// <summary>A plan's sling that came before the news of its item by which it was decided.</summary>
sealed class WaitingSlingRow
{
    public string WorkItemId { get; set; } = "";

    public string PlanId { get; set; } = "";

    /// <summary>The version of the item that is waited for; 0 when any will do.</summary>
    public long ItemVersion { get; set; }

    public SlingWork Command { get; set; } = null!;

    public DateTimeOffset Since { get; set; }
}

/// <summary>A step of a wisp as Workflow last told of it, for whoever claims the wisp's item.</summary>
sealed class WispStepRow
{
    public string WorkItemId { get; set; } = "";

    public string StepId { get; set; } = "";

    public int Position { get; set; }

    public string Title { get; set; } = "";

    public string? Description { get; set; }

    public StepState State { get; set; }

    /// <summary>The event that told the state; empty when it is from the list.</summary>
    public string EventId { get; set; } = "";

    /// <summary>The item's version that the list was told for: a closing before it does not end the list.</summary>
    public long ItemVersion { get; set; }
}
