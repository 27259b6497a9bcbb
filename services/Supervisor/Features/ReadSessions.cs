using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Supervisor.Features;

/// <summary><c>GET /sessions</c> and <c>GET /sessions/{id}</c>: live and past runs of agents, newest first.</summary>
static class ReadSessions
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sessions", ListAsync);
        routes.MapGet("/sessions/{id:guid}", GetAsync);
    }

    static async Task<IResult> ListAsync(
        HttpContext http, Caller caller, SupervisorDbContext db, SessionRegistry registry, CancellationToken ct,
        string? agent = null, string? rig = null, string? item = null, string? state = null, bool? live = null, string? after = null, int? limit = null)
    {
        var size = Paging.Limit(limit);
        var rows = db.Sessions.AsNoTracking();
        if (caller.Rigs.Count > 0) rows = rows.Where(x => caller.Rigs.Contains(x.RigId));
        if (agent is not null) rows = rows.Where(x => x.AgentId == agent);
        if (rig is not null) rows = rows.Where(x => x.RigId == rig);
        if (item is not null) rows = rows.Where(x => x.WorkItemId == item);
        if (state is not null)
        {
            var wanted = Enum.GetValues<SessionState>().Cast<SessionState?>().FirstOrDefault(s => Name(s!.Value) == state)
                ?? throw Refusal.Invalid("/state", $"One of {string.Join(", ", Enum.GetValues<SessionState>().Select(Name))}.").AsException();
            rows = rows.Where(x => x.State == wanted);
        }
        if (live is { } only) rows = rows.Where(x => (x.State == SessionState.Preparing || x.State == SessionState.Running) == only);
        if (SessionMark.Parse(after) is { } mark)
        {
            var number = await db.Sessions.Where(x => x.Id == mark.Id).Select(x => x.Number).SingleOrDefaultAsync(ct);
            rows = rows.Where(x => x.CreatedAt < mark.CreatedAt
                || (x.CreatedAt == mark.CreatedAt && (string.Compare(x.NodeId, mark.NodeId) > 0 || (x.NodeId == mark.NodeId && x.Number < number))));
        }
        var found = await rows.OrderByDescending(x => x.CreatedAt).ThenBy(x => x.NodeId).ThenByDescending(x => x.Number).Take(size + 1).ToListAsync(ct);
        var page = http.Page(found, size, row => new SessionMark(row.CreatedAt, row.NodeId, row.Id).Keys);
        return Results.Json(new Contracts.Http.Page<SessionSnapshot>([.. page.Items.Select(row => Fresh(row, registry))], page.Next), JsonSettings.Web);
    }

    static async Task<SessionSnapshot> GetAsync(Guid id, Caller caller, SupervisorDbContext db, SessionRegistry registry, CancellationToken ct) =>
        Fresh(await FindAsync(db, id, caller, ct), registry);

    /// <summary>The row, or a refusal: 404, or 403 for a token limited to other rigs.</summary>
    public static async Task<SessionRow> FindAsync(SupervisorDbContext db, Guid id, Caller caller, CancellationToken ct)
    {
        var row = await db.Sessions.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) ?? throw Refusal.NotFound("session", id.ToString()).AsException();
        caller.RequireRig(row.RigId);
        return row;
    }

    static SessionSnapshot Fresh(SessionRow row, SessionRegistry registry) => registry.Find(row.Id)?.Freshen(row.ToSnapshot()) ?? row.ToSnapshot();

    static string Name(SessionState state) => Persistence.SnakeCase.Of(state.ToString());
}
