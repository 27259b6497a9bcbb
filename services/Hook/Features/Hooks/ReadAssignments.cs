using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Hooks;

/// <summary><c>GET /assignments</c> (newest first; <c>state</c>, <c>workItem</c>, <c>rig</c>, <c>agent</c>) and <c>GET /assignments/{id}</c>.</summary>
static class ReadAssignments
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/assignments", List);
        routes.MapGet("/assignments/{id:guid}", One);
    }

    static async Task<Ok<Page<AssignmentSnapshot>>> List(
        HttpContext http, Caller caller, HookDbContext db, WireEnum<AssignmentState>? state, string? workItem, string? rig, string? agent, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var query = db.Assignments.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } own) query = query.Where(a => own.Contains(a.RigId));
        if (state is { Value: var wanted }) query = query.Where(a => a.State == wanted);
        if (workItem is not null) query = query.Where(a => a.WorkItemId == workItem);
        if (rig is not null) query = query.Where(a => a.RigId == rig);
        if (agent is not null) query = query.Where(a => a.AgentId == agent);
        if (Paging.Decode(after, 2) is [var at, var item] && Paging.Time(at) is var queued)
            query = query.Where(a => a.EnqueuedAt < queued || (a.EnqueuedAt == queued && string.Compare(a.WorkItemId, item) > 0));
        var rows = await query.OrderByDescending(a => a.EnqueuedAt).ThenBy(a => a.WorkItemId).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page([.. rows.Select(a => a.ToSnapshot())], size, a => [a.EnqueuedAt.ToString("O"), a.WorkItemId]));
    }

    static async Task<Ok<AssignmentSnapshot>> One(Guid id, Caller caller, HookDbContext db, CancellationToken ct)
    {
        var row = await db.Assignments.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw Refusal.NotFound("assignment", id.ToString()).AsException();
        caller.RequireRig(row.RigId);
        return TypedResults.Ok(row.ToSnapshot());
    }
}
