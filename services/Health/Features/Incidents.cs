using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Health.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Features;

/// <summary><c>GET /incidents</c> (newest first), <c>POST /incidents/{id}/acknowledge|close</c>.</summary>
static class Incidents
{
    static readonly string[] States = [Escalation.Open, Escalation.Acknowledged, Escalation.Closed];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/incidents", List);
        routes.MapPost("/incidents/{id:guid}/acknowledge", (Guid id, Caller caller, HealthDbContext db, IncidentDesk desk, CancellationToken ct) => MoveAsync(id, IncidentMove.Acknowledge, caller, db, desk, ct));
        routes.MapPost("/incidents/{id:guid}/close", (Guid id, Caller caller, HealthDbContext db, IncidentDesk desk, CancellationToken ct) => MoveAsync(id, IncidentMove.Close, caller, db, desk, ct));
    }

    static async Task<Ok<Page<IncidentSnapshot>>> List(HttpContext http, Caller caller, HealthDbContext db, string? state, int? limit, string? after, CancellationToken ct)
    {
        if (state is not null && !States.Contains(state)) throw Refusal.Invalid("/state", $"One of {string.Join(", ", States)}.").AsException();
        var size = Paging.Limit(limit);
        var query = db.Incidents.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } own) query = query.Where(i => own.Contains(i.RigId!));
        if (state is not null) query = query.Where(i => i.State == state);
        if (Paging.Decode(after, 2) is [var at, var last] && (Paging.Time(at), Paging.Id(last)) is var (raised, lastId))
            query = query.Where(i => i.RaisedAt < raised || (i.RaisedAt == raised && i.Id.CompareTo(lastId) > 0));
        var rows = await query.OrderByDescending(i => i.RaisedAt).ThenBy(i => i.Id).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page(rows.Select(r => r.Snapshot()).ToList(), size, i => [i.RaisedAt.ToString("O"), i.Id]));
    }

    static async Task<Ok<IncidentSnapshot>> MoveAsync(Guid id, IncidentMove move, Caller caller, HealthDbContext db, IncidentDesk desk, CancellationToken ct)
    {
        caller.RequireOperator("Answering an incident");
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var row = await db.Incidents.SingleOrDefaultAsync(i => i.Id == id, token) ?? throw Refusal.NotFound("incident", id.ToString()).AsException();
            if (row.RigId is { } rig) caller.RequireRig(rig);
            else caller.RequireTownOperator("Answering this incident");
            return (await desk.MoveAsync(row, move, caller, token))?.Snapshot()
                ?? throw Refusal.Conflict("incident-closed", "It is closed, and there is nothing to acknowledge. The same cause raises a new one.").AsException();
        }, ct));
    }
}
