using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Items;

/// <summary><c>GET /work-items/{id}/graph</c>: what it waits for and what waits for it, at whatever distance, and the critical path.</summary>
static class ShowGraph
{
    /// <summary>Items shown at most; a larger graph is cut at the far ends.</summary>
    const int MaxNodes = 1_000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/work-items/{id}/graph", HandleAsync).WithSummary("What blocks an item, what it blocks, and the critical path");

    static async Task<Ok<WorkItemGraph>> HandleAsync(string id, Caller caller, WorkDbContext db, Ledger ledger, CancellationToken ct)
    {
        caller.RequireRig((await ledger.GetAsync(id, ct)).RigId);
        var edges = new HashSet<GraphEdge>();
        var (upstream, cut) = await WalkAsync(id, edges, ids => db.Edges.AsNoTracking().Where(e => ids.Contains(e.ItemId)), e => e.TargetId, ct);
        var (downstream, cutDown) = await WalkAsync(id, edges, ids => db.Edges.AsNoTracking().Where(e => ids.Contains(e.TargetId)), e => e.ItemId, ct);
        var names = upstream.Union(downstream).Append(id).ToList();
        var rows = await db.Items.AsNoTracking().Where(i => names.Contains(i.Id)).ToDictionaryAsync(i => i.Id, ct);
        var nodes = names.Order(StringComparer.Ordinal).Select(n => rows.TryGetValue(n, out var i)
            ? new GraphNode(n, i.RigId, i.Title, i.Type, i.State, i.Priority, i.Ready, i.EstimateMinutes) : new GraphNode(n, null, null, null, null, null, false, null)).ToList();

        bool Open(string n) => rows.TryGetValue(n, out var i) && i.Blocking;
        var waits = edges.Where(e => e.Type == DependencyType.Blocks && Open(e.To)).ToLookup(e => e.From, e => e.To);
        var path = CriticalPath.To(id, waits, rows.ToDictionary(r => r.Key, r => r.Value.EstimateMinutes));
        return TypedResults.Ok(new WorkItemGraph(
            id, nodes, [.. edges.OrderBy(e => e.From, StringComparer.Ordinal).ThenBy(e => e.To, StringComparer.Ordinal)],
            Reach(id, waits), Reach(id, edges.Where(e => e.Type == DependencyType.Blocks && Open(e.From)).ToLookup(e => e.To, e => e.From)), path, cut || cutDown));
    }

    static async Task<(HashSet<string> Found, bool Cut)> WalkAsync(
        string from, HashSet<GraphEdge> edges, Func<List<string>, IQueryable<EdgeRow>> read, Func<EdgeRow, string> next, CancellationToken ct)
    {
        var found = new HashSet<string>();
        List<string> rim = [from];
        while (rim.Count > 0 && found.Count < MaxNodes)
        {
            var level = await read(rim).Where(e => e.Type == DependencyType.Blocks || e.Type == DependencyType.ParentChild)
                .OrderBy(e => e.ItemId).ThenBy(e => e.TargetId).Take(MaxNodes * 2).ToListAsync(ct);
            foreach (var edge in level) edges.Add(new GraphEdge(edge.ItemId, edge.TargetId, edge.Type));
            rim = [.. level.Select(next).Where(n => n != from && found.Add(n)).Distinct()];
        }
        return (found, rim.Count > 0);
    }

    static List<string> Reach(string from, ILookup<string, string> next)
    {
        var found = new HashSet<string>();
        var stack = new Stack<string>([from]);
        while (stack.TryPop(out var at))
            foreach (var further in next[at]) if (further != from && found.Add(further)) stack.Push(further);
        return [.. found.Order(StringComparer.Ordinal)];
    }
}
