using ClaudeManage.Contracts.Convoy;

namespace ClaudeManage.Contracts.Http;

/// <summary><c>POST /convoys</c>.</summary>
public sealed record CreateConvoyRequest(string? Name, IReadOnlyList<string>? Items = null, string? Goal = null, string? Dispatch = null);

/// <summary><c>POST /convoys/{id}/items</c>.</summary>
public sealed record ConvoyItemsRequest(IReadOnlyList<string>? Items);

/// <summary><c>GET /convoys/{id}</c>: the convoy with the layers in which its items can run.</summary>
public sealed record ConvoyDetail(
    string Id, string Name, string? Goal, ConvoyState State, string Owner, ConvoyProgress Progress, IReadOnlyList<IReadOnlyList<string>> Waves,
    IReadOnlyList<ConvoyItemSnapshot> Items, IReadOnlyList<string> Swarm, DateTimeOffset CreatedAt, DateTimeOffset? LaunchedAt, DateTimeOffset? LandedAt)
{
    /// <summary>Takes over a snapshot.</summary>
    public static ConvoyDetail Of(ConvoySnapshot c, string? goal, IReadOnlyList<IReadOnlyList<string>> waves) =>
        new(c.Id, c.Name, goal, c.State, c.Owner, c.Progress, waves, c.Items, c.Swarm, c.CreatedAt, c.LaunchedAt, c.LandedAt);
}
