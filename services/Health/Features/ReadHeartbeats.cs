using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Suite;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Features;

/// <summary><c>GET /heartbeats</c>: everybody who works without being asked, when last heard of, and who is late.</summary>
static class ReadHeartbeats
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/heartbeats", List);

    static async Task<Ok<Page<Heartbeat>>> List(Caller caller, HealthDbContext db, IOptions<HealthOptions> options, TimeProvider clock, CancellationToken ct)
    {
        var (now, late) = (clock.Now(), TimeSpan.FromSeconds(options.Value.LateAfterSeconds));
        var beats = new List<Heartbeat>();
        // The newest replica speaks for its service; of a role, whoever comes round latest.
        foreach (var service in (await db.Pulses.AsNoTracking().ToListAsync(ct)).GroupBy(p => p.Service))
        {
            var newest = service.MaxBy(p => p.HeardAt)!.Pulse;
            Add($"service/{service.Key}", newest.At, newest.NextBy, Detail(newest.Vitals));
            foreach (var role in service.SelectMany(p => p.Pulse.Roles).GroupBy(r => r.Role))
                // Known as of the pulse that carried it.
                if (role.MaxBy(r => r.NextBy) is { } beat) Add(role.Key, beat.At, beat.NextBy > newest.NextBy ? beat.NextBy : newest.NextBy, null);
        }
        foreach (var node in await db.Nodes.AsNoTracking().ToListAsync(ct))
            Add($"node/{node.NodeId}", node.HeardAt, node.StoppedAt is null ? node.HeardAt.AddSeconds(options.Value.NodeSilentSeconds) : null, node.StoppedAt is null ? $"{node.Live} of {node.Snapshot.Slots} slots" : "withdrawn");
        foreach (var patrol in await db.Patrols.AsNoTracking().Where(p => p.Name == Deacon.Name || p.Name == Boot.Name || p.Name.EndsWith("/witness")).ToListAsync(ct))
        {
            var rig = ActorAddress.RigOf(patrol.Name);
            var due = rig is null ? patrol.DueAt : await db.Agents.Where(a => a.RigId == rig && a.CheckAt != null).MinAsync(a => a.CheckAt, ct);
            beats.RemoveAll(b => b.Role == patrol.Name);
            Add(patrol.Name, patrol.LastAt, due, patrol.Findings.Count > 0 ? patrol.Findings[0] : null);
        }
        if (await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.AgentId == "mayor", ct) is { } mayor)
            Add("mayor", mayor.MovedAt, null, SnakeCase.Of(mayor.State.ToString()));
        var own = caller.Rigs is { Count: > 0 } rigs ? beats.Where(b => ActorAddress.RigOf(b.Role) is { } rig && rigs.Contains(rig)) : beats;
        return TypedResults.Ok(new Page<Heartbeat>([.. own.OrderBy(b => b.Role, StringComparer.Ordinal)], null));

        static string? Detail(ModuleVitals v)
        {
            List<string> said = v.OutboxDue > 0 ? [$"{v.OutboxDue} messages wait, the oldest for {v.OutboxAgeSeconds:0} s"] : [];
            if ((v.Backlog ?? []).MaxBy(b => b.Waiting) is { Waiting: > 0 } most) said.Add($"{most.Waiting} wait before {most.Endpoint}");
            return said.Count == 0 ? null : string.Join("; ", said);
        }

        void Add(string role, DateTimeOffset at, DateTimeOffset? by, string? detail) => beats.Add(new(role, at, by, by + late < now, detail));
    }
}
