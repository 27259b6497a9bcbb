using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>GET /convoys</c> (newest first), <c>GET /convoys/{id}</c>, its plan alone, and its timeline (newest first).</summary>
static class ReadConvoys
{
    const int LastLines = 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/convoys", List);
        routes.MapGet("/convoys/{id}", One);
        routes.MapGet("/convoys/{id}/plan", Plan);
        routes.MapGet("/convoys/{id}/timeline", Timeline);
    }

    static async Task<Ok<Page<ConvoySnapshot>>> List(
        HttpContext http, ConvoyDbContext db, ConvoyReader reader, WireEnum<ConvoyState>? state, string? rig, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var query = db.Convoys.AsNoTracking();
        if (state is { } wanted) query = query.Where(c => c.State == wanted.Value.ToString());
        if (rig is not null) query = query.Where(c => db.Items.Any(i => i.ConvoyId == c.ConvoyId && db.Copies.Any(k => k.Id == i.WorkItemId && k.RigId == rig)));
        if (Paging.Decode(after, 2) is [var at, var id] && Paging.Time(at) is var created)
            query = query.Where(c => c.CreatedAt < created || (c.CreatedAt == created && string.Compare(c.ConvoyId, id) > 0));
        var rows = await query.OrderByDescending(c => c.CreatedAt).ThenBy(c => c.ConvoyId).Take(size + 1).ToListAsync(ct);
        var facts = await reader.FactsAsync([.. rows.Select(r => r.ConvoyId)], ct);
        var snapshots = rows.Select(r => ConvoyReader.Snapshot(r, [.. facts[r.ConvoyId]])).ToList();
        return TypedResults.Ok(http.Page(snapshots, size, c => [c.CreatedAt.ToString("O"), c.Id]));
    }

    static async Task<Ok<ConvoyDetail>> One(string id, ConvoyDbContext db, ConvoyReader reader, PlanReader plans, TimeProvider clock, CancellationToken ct)
    {
        var row = await FindAsync(id, db, ct);
        List<ItemFact> facts = [.. (await reader.FactsAsync([id], ct))[id]];
        var (plan, now) = (await plans.PlanAsync(row, ct), clock.Now());
        return TypedResults.Ok(ConvoyDetail.Of(ConvoyReader.Snapshot(row, facts), row.Goal, row.StallAfterSeconds, await reader.SpentAsync(id, ct), plan) with
        {
            Notify = row.Notify ?? [],
            ClosedPerHour = await reader.ClosedPerHourAsync(row, now, ct),
            Forecast = row.State == nameof(ConvoyState.Open) ? Forecast.At(now, plan.Estimate, row.Deadline) : null,
            Timeline = await reader.TimelineAsync(id, LastLines, null, ct),
        });
    }

    static async Task<Ok<Page<ConvoyTimelineEntry>>> Timeline(string id, HttpContext http, ConvoyDbContext db, ConvoyReader reader, int? limit, string? after, CancellationToken ct)
    {
        await FindAsync(id, db, ct);
        var size = Paging.Limit(limit, 200);
        long? before = Paging.Decode(after, 1) is [var mark] ? Paging.Number(mark) : null;
        return TypedResults.Ok(http.Page(await reader.TimelineAsync(id, size + 1, before, ct), size, t => [t.Number]));
    }

    static async Task<Ok<ConvoyPlan>> Plan(string id, ConvoyDbContext db, PlanReader plans, CancellationToken ct) => TypedResults.Ok(await plans.PlanAsync(await FindAsync(id, db, ct), ct));

    static async Task<ConvoyRow> FindAsync(string id, ConvoyDbContext db, CancellationToken ct) =>
        await db.Convoys.AsNoTracking().SingleOrDefaultAsync(c => c.ConvoyId == id, ct) ?? throw Refusal.NotFound("convoy", id).AsException();
}
