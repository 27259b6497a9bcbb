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

/// <summary>Who puts a convoy's items on hooks.</summary>
[JsonConverter(typeof(SnakeCase<ConvoyDispatch>))]
public enum ConvoyDispatch
{
    /// <summary>People and agents; the convoy only tracks.</summary>
    Manual,

    /// <summary>The convoy, whatever is ready, to the pool of its rig.</summary>
    Auto,
}

/// <summary>Why a convoy does not get on by itself, and the one thing to do about it.</summary>
/// <param name="Code">landing-failed, over-budget, exhausted, held, waiting-for-person, nobody-on-it, parked, blocked-outside or stalled.</param>
/// <param name="WorkItemId">The item it is about.</param>
public sealed record ConvoyStranding(string Code, string Reason, string Next, string? WorkItemId, DateTimeOffset Since);

/// <summary>Counts over a convoy's items.</summary>
public sealed record ConvoyProgress(int Total, int Closed, int Submitted, int Running, int Ready, int Blocked, int Failed);

/// <summary>One item of a convoy.</summary>
public sealed record ConvoyItemSnapshot(string Id, string? RigId, WorkItemState? State, string? AssignedAgentId, string? WaitingFor);

/// <summary>The durable container of one objective.</summary>
/// <param name="MaxParallel">How many of its items may be on hooks at once; null means as many as the rigs take.</param>
/// <param name="Paused">Nothing new is slung.</param>
/// <param name="Deadline">When it should have landed.</param>
/// <param name="Atomic">The changes of all its rigs land together, or none does.</param>
/// <param name="BudgetUsd">What its sessions may cost; once that is spent nothing more is slung.</param>
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
    long Version,
    ConvoyDispatch Dispatch = ConvoyDispatch.Manual,
    int? MaxParallel = null,
    bool Paused = false,
    ConvoyStranding? Stranded = null,
    DateTimeOffset? Deadline = null,
    decimal? BudgetUsd = null,
    bool Atomic = false);

/// <summary>Command: make sure this convoy exists and holds these items (an item slung without one).</summary>
public sealed record EnsureConvoy(string ConvoyId, string Name, IReadOnlyList<string> WorkItemIds, string RequestedBy);
