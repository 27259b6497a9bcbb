using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>GET /convoys</c> (newest first) and <c>GET /convoys/{id}</c>.</summary>
static class ReadConvoys
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/convoys", List);
        routes.MapGet("/convoys/{id}", One);
    }

    static async Task<Ok<Page<ConvoySnapshot>>> List(
        HttpContext http, ConvoyDbContext db, ConvoyReader reader, WireEnum<ConvoyState>? state, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var query = db.Convoys.AsNoTracking();
        if (state is { } wanted) query = query.Where(c => c.State == wanted.Value.ToString());
        if (Paging.Decode(after, 2) is [var at, var id] && Paging.Time(at) is var created)
            query = query.Where(c => c.CreatedAt < created || (c.CreatedAt == created && string.Compare(c.ConvoyId, id) > 0));
        var rows = await query.OrderByDescending(c => c.CreatedAt).ThenBy(c => c.ConvoyId).Take(size + 1).ToListAsync(ct);
        var facts = await reader.FactsAsync([.. rows.Select(r => r.ConvoyId)], ct);
        var snapshots = rows.Select(r => ConvoyReader.Snapshot(r, [.. facts[r.ConvoyId]])).ToList();
        return TypedResults.Ok(http.Page(snapshots, size, c => [c.CreatedAt.ToString("O"), c.Id]));
    }

    static async Task<Ok<ConvoyDetail>> One(string id, ConvoyDbContext db, ConvoyReader reader, CancellationToken ct)
    {
        var row = await db.Convoys.AsNoTracking().SingleOrDefaultAsync(c => c.ConvoyId == id, ct) ?? throw Refusal.NotFound("convoy", id).AsException();
        List<ItemFact> facts = [.. (await reader.FactsAsync([id], ct))[id]];
        return TypedResults.Ok(ConvoyDetail.Of(ConvoyReader.Snapshot(row, facts), row.Goal, Progress.Waves(facts)));
    }
}
