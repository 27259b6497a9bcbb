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
    public static SessionMark? Parse(string? after) =>
        Paging.Decode(after, 3) is [var at, var node, var id] ? new SessionMark(Paging.Time(at), node, Paging.Id(id)) : null;
}
