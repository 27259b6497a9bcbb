using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Hook;

/// <summary>What an agent is doing, as the authority on assignment sees it.</summary>
[JsonConverter(typeof(SnakeCase<AgentState>))]
public enum AgentState
{
    /// <summary>Nothing leased.</summary>
    Idle,

    /// <summary>Holds a lease.</summary>
    Working,

    /// <summary>Its work is parked.</summary>
    Parked,

    /// <summary>Alive without progress.</summary>
    Stalled,

    /// <summary>Gone without a word.</summary>
    Lost,

    /// <summary>Will not be given work again; its history stays.</summary>
    Retired,
}

/// <summary>A permanent identity. Its worktree lives across assignments, its session ends with each.</summary>
/// <param name="Id">The address, which is also its hook's id.</param>
/// <param name="Role">crew, polecats, mayor, deacon, witness, refinery, overseer, external.</param>
public sealed record AgentSnapshot(
    string Id,
    string Role,
    string? RigId,
    string? DisplayName,
    string? Runtime,
    AgentState State,
    string? NodeId,
    Guid? AssignmentId,
    IReadOnlyList<string> Tags,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RetiredAt,
    long Version);
