using System.Globalization;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// Where a page of <c>GET /sessions</c> ends: newest first, those of one instant by node, those of one node as they arrived. It means the
/// same to every node and to the gateway, which puts the nodes' lists together.
/// </summary>
public sealed record SessionMark(DateTimeOffset CreatedAt, string NodeId, Guid Id)
{
    /// <summary>The mark's parts for <see cref="Paging"/>.</summary>
    public object[] Keys => [CreatedAt.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture), NodeId, Id];

    /// <summary>The mark of the previous page; null on the first.</summary>
    public static SessionMark? Parse(string? after) => Paging.Decode(after, 3) switch
    {
        null => null,
        [var at, var node, var id] when DateTimeOffset.TryParseExact(at, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var created) && Guid.TryParse(id, out var session) =>
            new SessionMark(created, node, session),
        _ => throw Refusal.Invalid("/after", "This is not a page mark of this list. Use each answer's `next`.").AsException(),
    };
}
