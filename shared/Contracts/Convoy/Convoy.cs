using System.Text.Json.Serialization;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Contracts.Convoy;

/// <summary>Where an initiative stands.</summary>
[JsonConverter(typeof(SnakeCase<ConvoyState>))]
public enum ConvoyState
{
    /// <summary>Planned, nothing runs.</summary>
    Staged,

    /// <summary>Under way.</summary>
    Open,

    /// <summary>Every item is closed and every merge proved.</summary>
    Landed,

    /// <summary>Given up.</summary>
    Cancelled,
}

/// <summary>Counts over a convoy's items.</summary>
public sealed record ConvoyProgress(int Total, int Closed, int Submitted, int Running, int Ready, int Blocked, int Failed);

/// <summary>One item of a convoy.</summary>
public sealed record ConvoyItemSnapshot(string Id, string? RigId, WorkItemState? State, string? AssignedAgentId, string? WaitingFor);

/// <summary>The durable container of one objective.</summary>
public sealed record ConvoySnapshot(
    string Id,
    string Name,
    ConvoyState State,
    string Owner,
    ConvoyProgress Progress,
    IReadOnlyList<ConvoyItemSnapshot> Items,
    IReadOnlyList<string> Swarm,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LaunchedAt,
    DateTimeOffset? LandedAt,
    long Version);

/// <summary>Command: make sure this convoy exists and holds these items (an item slung without one).</summary>
public sealed record EnsureConvoy(string ConvoyId, string Name, IReadOnlyList<string> WorkItemIds, string RequestedBy);
