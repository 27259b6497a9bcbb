using System.Globalization;
using System.Text;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Features;

/// <summary><c>GET /gate-runs</c> (rig, mergeRequest, flaky; newest first), <c>GET /gate-runs/{id}</c> and its <c>/log</c>.</summary>
static class ReadGateRuns
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/gate-runs", ListAsync);
        routes.MapGet("/gate-runs/{id:guid}", async (Guid id, Caller caller, RefineryDbContext db, CancellationToken ct) => Results.Ok(Answers.Detail(await FindAsync(db, id, caller, ct))));
        routes.MapGet("/gate-runs/{id:guid}/log", LogAsync);
    }

    static async Task<IResult> ListAsync(HttpContext http, Caller caller, RefineryDbContext db, CancellationToken ct, string? rig = null, string? mergeRequest = null, bool? flaky = null, int? limit = null, string? after = null)
    {
        var size = Paging.Limit(limit);
        IQueryable<GateRun> rows = db.GateRuns.AsNoTracking();
        if (rig is not null)
        {
            caller.RequireRig(rig);
            rows = rows.Where(r => r.RigId == rig);
        }
        else if (caller.Rigs.Count > 0) rows = rows.Where(r => caller.Rigs.Contains(r.RigId));
        if (mergeRequest is not null) rows = rows.Where(r => r.MergeRequestId == mergeRequest);
        if (flaky is not null) rows = rows.Where(r => r.Flaky == flaky);
        if (Paging.Decode(after, 2) is [var at, var last] && (Paging.Time(at), Paging.Id(last)) is var (startedAt, id))
            rows = rows.Where(r => r.StartedAt < startedAt || (r.StartedAt == startedAt && r.Id.CompareTo(id) < 0));
        var page = await rows.OrderByDescending(r => r.StartedAt).ThenByDescending(r => r.Id).Take(size + 1).ToListAsync(ct);
        return Results.Ok(http.Page([.. page.Select(Answers.Detail)], size, r => [r.StartedAt.ToString("O", CultureInfo.InvariantCulture), r.Id]));
    }

    static async Task LogAsync(Guid id, HttpContext http, Caller caller, RefineryDbContext db, GateLogs logs, CancellationToken ct)
    {
        var run = await FindAsync(db, id, caller, ct);
        var parts = logs.Of(run.LogId, run.EndedAt is null ? 6 : run.Tries);
        http.Response.ContentType = "text/plain; charset=utf-8";
        if (parts.Count == 0 && run.OutputTail is { Length: > 0 } tail)
            await http.Response.WriteAsync($"(the end only: the whole output is on the replica that ran it, for Refinery:KeepGateLogDays)\n{tail}\n", ct);
        foreach (var (title, path) in parts)
        {
            if (parts.Count > 1) await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"== {title} ==\n"), ct);
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await file.CopyToAsync(http.Response.Body, ct);
            if (parts.Count > 1) await http.Response.Body.WriteAsync("\n"u8.ToArray(), ct);
        }
    }

    static async Task<GateRun> FindAsync(RefineryDbContext db, Guid id, Caller caller, CancellationToken ct)
    {
        var run = await db.GateRuns.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw Refusal.NotFound("gate run", id.ToString()).AsException();
        caller.RequireRig(run.RigId);
        return run;
    }
}
