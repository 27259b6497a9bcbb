using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Health;

/// <summary>What the watcher concludes of an agent.</summary>
[JsonConverter(typeof(SnakeCase<AgentHealthState>))]
public enum AgentHealthState
{
    /// <summary>No assignment, nothing wrong.</summary>
    Idle,

    /// <summary>Alive and moving.</summary>
    Working,

    /// <summary>Alive, no progress for a while.</summary>
    Quiet,

    /// <summary>Alive, no progress for longer than the rig's stall time.</summary>
    Stuck,

    /// <summary>Its lease was taken back or its session is gone.</summary>
    Dead,

    /// <summary>Its node is silent.</summary>
    Unreachable,
}

/// <summary>How bad it is.</summary>
[JsonConverter(typeof(SnakeCase<Severity>))]
public enum Severity
{
    /// <summary>Everything stands still.</summary>
    Critical,

    /// <summary>Work is lost or stopped unless somebody acts.</summary>
    High,

    /// <summary>Something is wrong and can wait.</summary>
    Medium,

    /// <summary>Worth knowing.</summary>
    Low,
}

/// <summary>One signal and how old it is.</summary>
public sealed record HealthEvidence(string Signal, DateTimeOffset At, double AgeSeconds, string? Detail = null);

/// <summary>What the watcher will do if nothing changes.</summary>
public sealed record HealthNext(string Action, DateTimeOffset At);

/// <summary>Why an agent is judged as it is.</summary>
public sealed record AgentHealth(
    string AgentId,
    AgentHealthState State,
    DateTimeOffset Since,
    IReadOnlyList<HealthEvidence> Evidence,
    IReadOnlyDictionary<string, double> Thresholds,
    HealthNext? Next);

/// <summary>Command: raise an incident. The same cause raises one, with a count.</summary>
/// <param name="Cause">Key of the cause, e.g. <c>exhausted:sh-x7k2m</c>.</param>
public sealed record RaiseIncident(
    string Cause, Severity Severity, string Source, string What, string Why, IReadOnlyList<string> SuggestedActions, string? RigId, string? WorkItemId, string? AgentId);

/// <summary>Something a person or a patrol must look at.</summary>
public sealed record IncidentSnapshot(
    Guid Id, string Cause, Severity Severity, string State, string Source, string What, string Why, IReadOnlyList<string> SuggestedActions,
    string? RigId, string? WorkItemId, string? AgentId, int Count, DateTimeOffset RaisedAt, DateTimeOffset LastAt, DateTimeOffset? ClosedAt);
