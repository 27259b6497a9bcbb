using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Agents;

/// <summary><c>GET /agents</c> (<c>rig</c>, <c>role</c>, <c>state</c>) and <c>GET /agents/{id}</c> with its profile and track record.</summary>
static class ReadAgents
{
    const int MedianOver = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/agents", List);
        routes.MapGet("/agents/{agentId}", One);
    }

    /// <summary>The assignment that says what the agent is doing: leased before parked.</summary>
    public static Task<AssignmentRow?> CurrentAsync(HookDbContext db, string agentId, CancellationToken ct) =>
        db.Assignments.AsNoTracking().Where(a => a.AgentId == agentId && (a.State == AssignmentState.Leased || a.State == AssignmentState.Parked))
            .OrderBy(a => a.State).FirstOrDefaultAsync(ct);

    static async Task<Ok<Page<AgentSnapshot>>> List(HttpContext http, Caller caller, HookDbContext db, string? rig, string? role, WireEnum<AgentState>? state, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var query = db.Agents.AsNoTracking();
        // The mayor and whoever else belongs to no rig is seen from every rig.
        if (caller.Rigs is { Count: > 0 } own) query = query.Where(a => a.RigId == null || own.Contains(a.RigId));
        if (rig is not null) query = query.Where(a => a.RigId == rig);
        if (role is not null) query = query.Where(a => a.Role == role);
        if (state is { Value: var wanted }) query = In(db, query, wanted);
        if (Paging.Decode(after, 1) is [var last]) query = query.Where(a => string.Compare(a.Id, last) > 0);
        var rows = await query.OrderBy(a => a.Id).Take(size + 1).ToListAsync(ct);
        var ids = rows.Select(a => a.Id).ToList();
        var current = (await db.Assignments.AsNoTracking().Where(a => ids.Contains(a.AgentId!) && (a.State == AssignmentState.Leased || a.State == AssignmentState.Parked)).ToListAsync(ct))
            .GroupBy(a => a.AgentId!).ToDictionary(g => g.Key, g => g.MinBy(a => a.State));
        return TypedResults.Ok(http.Page([.. rows.Select(a => a.ToSnapshot(current.GetValueOrDefault(a.Id)))], size, a => [a.Id]));
    }

    static IQueryable<AgentRow> In(HookDbContext db, IQueryable<AgentRow> agents, AgentState state)
    {
        if (state == AgentState.Retired) return agents.Where(a => a.RetiredAt != null);
        var leased = db.Assignments.Where(x => x.State == AssignmentState.Leased).Select(x => x.AgentId);
        var parked = db.Assignments.Where(x => x.State == AssignmentState.Parked).Select(x => x.AgentId);
        return state switch
        {
            AgentState.Working => agents.Where(a => a.RetiredAt == null && leased.Contains(a.Id)),
            AgentState.Parked => agents.Where(a => a.RetiredAt == null && parked.Contains(a.Id) && !leased.Contains(a.Id)),
            AgentState.Idle => agents.Where(a => a.RetiredAt == null && !leased.Contains(a.Id) && !parked.Contains(a.Id)),
            // Whether an agent is stalled or lost is Health's to say: GET /agents/{id}/health.
            _ => agents.Where(a => false),
        };
    }

    static async Task<Ok<AgentDetail>> One(AddressPath agentId, Caller caller, HookDbContext db, CancellationToken ct)
    {
        caller.RequireReach(agentId.Value);
        var row = await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.Id == agentId.Value, ct) ?? throw Refusal.NotFound("agent", agentId.Value).AsException();
        var profile = new CrewProfile(row.Skills, row.Runtime, row.Instructions, await RecordAsync(db, row.Id, ct));
        return TypedResults.Ok(AgentDetail.Of(row.ToSnapshot(await CurrentAsync(db, row.Id, ct)), profile));
    }

    /// <summary>Counted from the receipts themselves each time: there is no second truth that could drift.</summary>
    static async Task<TrackRecord> RecordAsync(HookDbContext db, string agentId, CancellationToken ct)
    {
        var receipts = db.Assignments.AsNoTracking().Where(a => a.AgentId == agentId && a.State == AssignmentState.Completed);
        var counts = await receipts.GroupBy(_ => 1)
            .Select(g => new { All = g.Count(), Merged = g.Count(a => a.MergeOutcome == "merged"), Back = g.Count(a => a.MergeOutcome != null && a.MergeOutcome != "merged"), Cost = g.Sum(a => a.CostUsd) })
            .SingleOrDefaultAsync(ct);
        var recent = await receipts.OrderByDescending(a => a.EndedAt).Take(MedianOver).Select(a => new { a.LeasedAt, a.EndedAt }).ToListAsync(ct);
        var seconds = recent.Where(r => r is { LeasedAt: not null, EndedAt: not null }).Select(r => (r.EndedAt!.Value - r.LeasedAt!.Value).TotalSeconds).Order().ToList();
        return new TrackRecord(counts?.All ?? 0, counts?.Merged ?? 0, counts?.Back ?? 0, seconds.Count == 0 ? null : seconds[seconds.Count / 2], counts?.Cost ?? 0);
    }
}
