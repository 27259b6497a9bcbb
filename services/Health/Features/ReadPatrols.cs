using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Health.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Features;

/// <summary><c>GET /patrols</c>: who watches, when last, what was found, and what could not be looked at.</summary>
static class ReadPatrols
{
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/patrols", List);

    static async Task<Ok<Page<PatrolSnapshot>>> List(Caller caller, HealthDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.Now();
        var patrols = new List<PatrolSnapshot>();
        foreach (var row in await db.Patrols.AsNoTracking().OrderBy(p => p.Name).ToListAsync(ct))
        {
            var rig = Contracts.Identity.ActorAddress.RigOf(row.Name);
            if (caller.Rigs is { Count: > 0 } own && (rig is null || !own.Contains(rig))) continue;
            patrols.Add(rig is not null && row.Name == $"{rig}/witness" ? await WitnessAsync(db, row, rig, now, ct)
                : new(row.Name, row.LastAt, row.DurationSeconds, row.Runs, row.Looked, row.Missed, row.Findings, row.DueAt, row.DueAt + Grace < now));
        }
        return TypedResults.Ok(new Page<PatrolSnapshot>(patrols, null));
    }

    /// <summary>A witness looks at one agent at a time; its round is what it knows of all of them now.</summary>
    static async Task<PatrolSnapshot> WitnessAsync(HealthDbContext db, PatrolRow row, string rig, DateTimeOffset now, CancellationToken ct)
    {
        var agents = await db.Agents.AsNoTracking().Where(a => a.RigId == rig && (a.HasLease || a.State != AgentHealthState.Idle)).OrderBy(a => a.AgentId).ToListAsync(ct);
        var seen = agents.Where(a => a.State != AgentHealthState.Unreachable).ToList();
        var due = agents.Min(a => a.CheckAt);
        return new(row.Name, row.LastAt, row.DurationSeconds, row.Runs, [.. seen.Select(a => a.AgentId)],
            [.. agents.Except(seen).Select(a => $"{a.AgentId}: its node {a.NodeId} is silent")],
            [.. seen.Where(a => a.State is not (AgentHealthState.Idle or AgentHealthState.Working)).Select(a => $"{a.AgentId} is {SnakeCase.Of(a.State.ToString())}")], due, due + Grace < now);
    }
}
