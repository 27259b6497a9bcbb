using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Scheduling;

/// <summary>
/// <c>GET /runtime/nodes</c>: every node heard of in the last 30 days with its address, also those that withdrew: their transcripts are
/// still there, and a drained node must be found to be started again.
/// </summary>
static class ReadNodes
{
    static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/runtime/nodes", List);

    static async Task<Ok<Page<KnownNode>>> List(HttpContext http, HookDbContext db, TimeProvider clock, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var since = clock.Now() - Remembered;
        var query = db.Nodes.AsNoTracking().Where(n => n.LastSeenAt > since || n.StoppedAt > since);
        if (Paging.Decode(after, 1) is [var last]) query = query.Where(n => string.Compare(n.NodeId, last) > 0);
        var rows = await query.OrderBy(n => n.NodeId).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page([.. rows.Select(n => new KnownNode(n.Snapshot, n.LastSeenAt, n.StoppedAt))], size, n => [n.Node.NodeId]));
    }
}
