using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Handoffs;

/// <summary><c>GET /handoffs</c> (newest first; <c>state</c>, <c>workItem</c>) and <c>GET /handoffs/{id}</c>.</summary>
static class ReadHandoffs
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/handoffs", List);
        routes.MapGet("/handoffs/{id:guid}", One);
    }

    static async Task<Ok<Page<HandoffSnapshot>>> List(HttpContext http, Caller caller, HookDbContext db, WireEnum<HandoffState>? state, string? workItem, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var query = db.Handoffs.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } own) query = query.Where(h => db.Assignments.Any(a => a.Id == h.AssignmentId && own.Contains(a.RigId)));
        if (state is { Value: var wanted }) query = query.Where(h => h.State == wanted);
        if (workItem is not null) query = query.Where(h => h.WorkItemId == workItem);
        if (Paging.Decode(after, 2) is [var at, var item] && Paging.Time(at) is var created)
            query = query.Where(h => h.CreatedAt < created || (h.CreatedAt == created && string.Compare(h.WorkItemId, item) > 0));
        var rows = await query.OrderByDescending(h => h.CreatedAt).ThenBy(h => h.WorkItemId).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page([.. rows.Select(h => h.ToSnapshot())], size, h => [h.CreatedAt.ToString("O"), h.WorkItemId]));
    }

    static async Task<Ok<HandoffSnapshot>> One(Guid id, Caller caller, HookDbContext db, CancellationToken ct)
    {
        var row = await db.Handoffs.AsNoTracking().SingleOrDefaultAsync(h => h.Id == id, ct) ?? throw Refusal.NotFound("handoff", id.ToString()).AsException();
        caller.RequireRig(await db.Assignments.Where(a => a.Id == row.AssignmentId).Select(a => a.RigId).SingleAsync(ct));
        return TypedResults.Ok(row.ToSnapshot());
    }
}
