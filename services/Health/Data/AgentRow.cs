using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Suite;
using ClaudeManage.Health.Domain;

namespace ClaudeManage.Health.Data;

/// <summary>The signals folded per agent (and per pool: what waits there), the last judgement published, and what was done about it.</summary>
sealed class AgentRow : AgentSignals
{
    public string AgentId { get; set; } = "";

    public string? RigId { get; set; }

    public AgentHealthState State { get; set; }

    public DateTimeOffset Since { get; set; }

    /// <summary>The moment a check is scheduled for, so that one check at a time is under way.</summary>
    public DateTimeOffset? CheckAt { get; set; }

    /// <summary>How often its session was told to end although it had no work.</summary>
    public int Stops { get; set; }

    public DateTimeOffset? StoppedAt { get; set; }

    /// <summary>A person was told of the state it is in.</summary>
    public bool Reported { get; set; }
}

/// <summary>How far the witness has gone with an assignment that is not over.</summary>
sealed class WitnessCaseRow
{
    public Guid AssignmentId { get; set; }

    public Rung Rung { get; set; }

    public DateTimeOffset? At { get; set; }
}

/// <summary>An earlier judgement or act.</summary>
sealed class HistoryRow
{
    public long Number { get; set; }

    public string AgentId { get; set; } = "";

    public DateTimeOffset At { get; set; }

    public string What { get; set; } = "";

    public string? Why { get; set; }

    public Guid? SessionId { get; set; }

    public HealthMoment ToMoment() => new(At, What, Why, SessionId);
}

/// <summary>The breaker of one kind of work.</summary>
sealed class BreakerRow : Breaker
{
    public string RigId { get; set; } = "";

    /// <summary>Of the workflow it belongs to; empty for work of no workflow.</summary>
    public string Formula { get; set; } = "";

    public string Runtime { get; set; } = "";

    public string Cause => CauseOf(RigId, Formula, Runtime);

    public static string CauseOf(string rig, string formula, string runtime) => $"breaker:{rig}:{formula}:{runtime}";
}

/// <summary>A patrol's last run.</summary>
sealed class PatrolRow
{
    public string Name { get; set; } = "";

    public DateTimeOffset LastAt { get; set; }

    public double DurationSeconds { get; set; }

    public long Runs { get; set; }

    public IReadOnlyList<string> Looked { get; set; } = [];

    public IReadOnlyList<string> Missed { get; set; } = [];

    public IReadOnlyList<string> Findings { get; set; } = [];

    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Of the chain of due messages by which it comes round; one of another chain does nothing.</summary>
    public Guid? Chain { get; set; }
}

/// <summary>What one replica of a service last said of itself.</summary>
sealed class PulseRow
{
    public string Service { get; set; } = "";

    public string Replica { get; set; } = "";

    public ModulePulse Pulse { get; set; } = null!;

    public DateTimeOffset HeardAt { get; set; }
}
