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

    /// <summary>Asked why it does not move; the answer is awaited.</summary>
    Nudged,

    /// <summary>Alive, no progress after it was asked as often as it may be.</summary>
    Stuck,

    /// <summary>Alive, printing the same again and again.</summary>
    Looping,

    /// <summary>Its session runs without an assignment.</summary>
    Zombie,

    /// <summary>Proved: its lease was taken back, or its session ended under its lease.</summary>
    Dead,

    /// <summary>Its node is silent.</summary>
    Unreachable,

    /// <summary>Work waits on its hook, it could be started, and nobody started it.</summary>
    PropulsionFailure,
}

/// <summary>What a witness does about an agent.</summary>
[JsonConverter(typeof(SnakeCase<WitnessAct>))]
public enum WitnessAct
{
    /// <summary>Asks the agent whether it is well.</summary>
    Nudge,

    /// <summary>Asks the agent to hand off by itself.</summary>
    AskHandoff,

    /// <summary>Ends its session and starts another with the last checkpoint.</summary>
    Restart,

    /// <summary>Ends its session and lets another agent of the rig go on.</summary>
    GiveAway,

    /// <summary>Ends a session that has no work.</summary>
    Stop,

    /// <summary>Tells a person.</summary>
    Report,
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

/// <summary>A change of judgement, or an act.</summary>
/// <param name="What">The state it came to, or the act.</param>
/// <param name="SessionId">The spawn it was about.</param>
public sealed record HealthMoment(DateTimeOffset At, string What, string? Why = null, Guid? SessionId = null);

/// <summary>Why an agent is judged as it is.</summary>
/// <param name="History">Earlier judgements and acts, the newest first; null in events.</param>
public sealed record AgentHealth(
    string AgentId,
    AgentHealthState State,
    DateTimeOffset Since,
    IReadOnlyList<HealthEvidence> Evidence,
    IReadOnlyDictionary<string, double> Thresholds,
    HealthNext? Next,
    Guid? SessionId = null,
    string? WorkItemId = null,
    IReadOnlyList<HealthMoment>? History = null);

/// <summary>One act of a witness, bound to the spawn it judged.</summary>
/// <param name="SessionId">Null for an agent whose process nobody of ours runs.</param>
public sealed record WitnessActSnapshot(
    string AgentId, WitnessAct Act, AgentHealthState Judged, string Why, string? WorkItemId, Guid? AssignmentId, Guid? SessionId, DateTimeOffset? SessionStartedAt);

/// <summary>A patrol's last run.</summary>
/// <param name="Name">Whose it is: <c>shop/witness</c>, <c>deacon</c>, <c>boot</c>.</param>
/// <param name="Looked">What it looked at.</param>
/// <param name="Missed">What it should have looked at and could not; a patrol that did not look at everything says so here.</param>
/// <param name="Overdue">It should have run by now.</param>
public sealed record PatrolSnapshot(
    string Name, DateTimeOffset LastAt, double DurationSeconds, long Runs, IReadOnlyList<string> Looked, IReadOnlyList<string> Missed, IReadOnlyList<string> Findings,
    DateTimeOffset? DueAt, bool Overdue);

/// <summary>One entry of <c>GET /heartbeats</c>: somebody who works without being asked.</summary>
/// <param name="Role"><c>dispatcher</c>, <c>refinery</c>, <c>deacon</c>, <c>boot</c>, <c>shop/witness</c>, <c>mayor</c>, <c>service/hook</c>, <c>node/n1</c>.</param>
/// <param name="By">When it should have been heard of again; null when it has nothing to do.</param>
/// <param name="Late">It should have been, and was not.</param>
public sealed record Heartbeat(string Role, DateTimeOffset LastAt, DateTimeOffset? By, bool Late, string? Detail);

/// <summary>Command: raise an incident. The same cause raises one, with a count.</summary>
/// <param name="Cause">Key of the cause, e.g. <c>exhausted:sh-x7k2m</c>.</param>
public sealed record RaiseIncident(
    string Cause, Severity Severity, string Source, string What, string Why, IReadOnlyList<string> SuggestedActions, string? RigId, string? WorkItemId, string? AgentId);

/// <summary>Command: tell the town's webhook (<c>Health:WebhookUrl</c>) of an event of a convoy.</summary>
/// <param name="Id">The same one is told once; the delivery's id at the receiver.</param>
/// <param name="About">The event's public name, e.g. <c>convoy.landed</c>.</param>
public sealed record TellOutside(Guid Id, string About, string ConvoyId, string Subject, string Body);

/// <summary>Something a person or a patrol must look at.</summary>
/// <param name="Level">How often it was raised because nobody had looked.</param>
/// <param name="EscalatesAt">When it is raised next unless somebody looks; null when it is not.</param>
public sealed record IncidentSnapshot(
    Guid Id, string Cause, Severity Severity, string State, string Source, string What, string Why, IReadOnlyList<string> SuggestedActions,
    string? RigId, string? WorkItemId, string? AgentId, int Count, DateTimeOffset RaisedAt, DateTimeOffset LastAt, DateTimeOffset? ClosedAt,
    int Level = 0, DateTimeOffset? EscalatesAt = null, string? AnsweredBy = null);
