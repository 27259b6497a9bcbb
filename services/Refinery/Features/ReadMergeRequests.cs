using System.Globalization;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Features;

/// <summary><c>GET /merge-requests</c> (rig, state, workItem; newest first) and <c>GET /merge-requests/{id}</c>.</summary>
static class ReadMergeRequests
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/merge-requests", ListAsync);
        routes.MapGet("/merge-requests/{id}", ShowAsync);
    }

    static async Task<IResult> ListAsync(HttpContext http, Caller caller, RefineryDbContext db, CancellationToken ct, string? rig = null, string? state = null, string? workItem = null, int? limit = null, string? after = null)
    {
        var size = Paging.Limit(limit);
        IQueryable<MergeRequest> rows = db.Requests.AsNoTracking();
        if (rig is not null)
        {
            caller.RequireRig(rig);
            rows = rows.Where(r => r.RigId == rig);
        }
        else if (caller.Rigs.Count > 0) rows = rows.Where(r => caller.Rigs.Contains(r.RigId));
        if (workItem is not null) rows = rows.Where(r => r.WorkItemId == workItem);
        if (state is not null)
        {
            var names = state.Split(',').Select(StateName).ToList();
            rows = rows.Where(r => names.Contains(r.CurrentState));
        }
        if (Paging.Decode(after, 2) is [var at, var id] && Paging.Time(at) is var queuedAt)
            rows = rows.Where(r => r.QueuedAt < queuedAt || (r.QueuedAt == queuedAt && string.Compare(r.Id, id) < 0));
        var page = await rows.OrderByDescending(r => r.QueuedAt).ThenByDescending(r => r.Id).Take(size + 1).ToListAsync(ct);
        return Results.Ok(http.Page([.. page.Select(r => r.ToSnapshot())], size, r => [r.QueuedAt.ToString("O", CultureInfo.InvariantCulture), r.Id]));
    }

    static async Task<IResult> ShowAsync(string id, Caller caller, RefineryDbContext db, IOptions<RefineryOptions> options, CancellationToken ct)
    {
        var request = await Answers.FindAsync(db, id, caller, ct);
        var runs = await db.GateRuns.AsNoTracking().Where(r => r.MergeRequestId == id).OrderBy(r => r.StartedAt).ThenBy(r => r.Id).Take(200).ToListAsync(ct);
        if (request.Ended) return Results.Ok(Answers.Detail(request, null, null, runs));
        var open = await db.Requests.AsNoTracking().Where(r => r.RigId == request.RigId && r.EndedAt == null).ToListAsync(ct);
        var position = Answers.InOrder(open, options.Value).FindIndex(r => r.Id == id) + 1;
        var queue = await db.Queues.AsNoTracking().SingleOrDefaultAsync(q => q.RigId == request.RigId, ct);
        var rig = await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == request.RigId, ct);
        return Results.Ok(Answers.Detail(request, position, Answers.WaitingFor(request, position, queue, rig), runs));
    }

    static string StateName(string text) =>
        Enum.GetValues<MergeRequestState>().Select(s => s.ToString()).FirstOrDefault(s => s.Equals(text, StringComparison.OrdinalIgnoreCase))
        ?? throw Refusal.Invalid("/state", $"'{text}' is no state of a merge request. It is one of queued, batched, gating, landing, proved, merged, conflicted, rejected, superseded, or several with commas.").AsException();
}
