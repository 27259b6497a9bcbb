using ClaudeManage.Contracts.Supervisor;

namespace ClaudeManage.Health.Data;

/// <summary>What this service needs to know of a rig.</summary>
sealed class RigCopy
{
    public string Id { get; set; } = "";

    public int StallAfterSeconds { get; set; }

    public string Runtime { get; set; } = "";

    public int MaxWorkers { get; set; }

    /// <summary>Supervisors start its agents.</summary>
    public bool Managed { get; set; }

    /// <summary>Parked or docked.</summary>
    public bool Resting { get; set; }

    public long Version { get; set; }
}

/// <summary>An assignment, as far as it is on a hook and nobody has it.</summary>
sealed class HookEntry
{
    public Guid AssignmentId { get; set; }

    public string HookId { get; set; } = "";

    public string RigId { get; set; } = "";

    public string WorkItemId { get; set; } = "";

    public string? ConvoyId { get; set; }

    public bool Waiting { get; set; }

    /// <summary>Since when it could be started.</summary>
    public DateTimeOffset Since { get; set; }

    public long Revision { get; set; }
}

/// <summary>A machine that runs agents, as last heard of.</summary>
sealed class NodeCopy
{
    public string NodeId { get; set; } = "";

    public NodeSnapshot Snapshot { get; set; } = null!;

    public int Live { get; set; }

    public DateTimeOffset HeardAt { get; set; }

    public DateTimeOffset? StoppedAt { get; set; }
}

/// <summary>No new dispatch in this scope; behind <see cref="StopPrefix"/>, nothing at all.</summary>
sealed class PauseCopy
{
    /// <summary>Begins the scope of an emergency stop.</summary>
    public const string StopPrefix = "stop:";

    public string Scope { get; set; } = "";

    public DateTimeOffset At { get; set; }

    public bool Paused { get; set; }
}

/// <summary>Which formula a workflow's items come from, by its root item, while it runs.</summary>
sealed class FormulaCopy
{
    public string RootItemId { get; set; } = "";

    public string Formula { get; set; } = "";
}
