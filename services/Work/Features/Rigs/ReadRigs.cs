using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Rigs;

/// <summary><c>GET /rigs</c> by name and <c>GET /rigs/{id}</c>.</summary>
static class ReadRigs
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/rigs", ListAsync).WithSummary("List rigs by name");
        routes.MapGet("/rigs/{id}", ShowAsync).WithSummary("One rig");
    }

    static async Task<Ok<Page<RigSnapshot>>> ListAsync(string? state, string? after, int? limit, Caller caller, HttpContext http, WorkDbContext db, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var rigs = db.Rigs.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } own) rigs = rigs.Where(r => own.Contains(r.Id));
        if (Query.Names<RigState>(state, "/state") is { } states) rigs = rigs.Where(r => states.Contains(r.State));
        if (Paging.Decode(after, 1) is [var last]) rigs = rigs.Where(r => string.Compare(r.Id, last) > 0);
        var rows = await rigs.OrderBy(r => r.Id).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page([.. rows.Select(r => r.ToSnapshot())], size, r => [r.Id]));
    }

    static async Task<Ok<RigSnapshot>> ShowAsync(string id, Caller caller, HttpContext http, WorkDbContext db, CancellationToken ct)
    {
        caller.RequireRig(id);
        var rig = await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw Refusal.NotFound("rig", id).AsException();
        http.SetETag(rig.Version);
        return TypedResults.Ok(rig.ToSnapshot());
    }
}
