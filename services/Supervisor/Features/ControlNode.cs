using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Features;

/// <summary>
/// <c>GET /runtime/supervisors</c>; <c>POST /runtime/supervisors/{node}/start</c>: it takes sessions again;
/// <c>/drain</c>: no new ones, those running end by themselves; <c>/stop</c>: those running are stopped and handed back too.
/// </summary>
static class ControlNode
{
    /// <summary>A node and what it runs.</summary>
    internal sealed record NodeView(NodeSnapshot Node, bool Enabled, int Live, IReadOnlyList<SessionSignal> Sessions);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/runtime/supervisors", (Caller _, NodeState node, SessionRegistry registry, IOptions<SupervisorOptions> options) =>
            new Page<NodeView>([View(node, registry, options)], null));
        foreach (var (verb, drains, stops) in ((string, bool, bool)[])[("start", false, false), ("drain", true, false), ("stop", true, true)])
            routes.MapPost($"/runtime/supervisors/{{id}}/{verb}", (
                string id, Caller caller, SupervisorDbContext db, SessionStopper stopper, NodeState node, SessionRegistry registry,
                IOptions<SupervisorOptions> options, CancellationToken ct) => ChangeAsync(id, verb, drains, stops, caller, db, stopper, node, registry, options, ct));
    }

    static async Task<IResult> ChangeAsync(
        string id, string verb, bool drains, bool stops, Caller caller, SupervisorDbContext db, SessionStopper stopper, NodeState node,
        SessionRegistry registry, IOptions<SupervisorOptions> options, CancellationToken ct)
    {
        caller.RequireTownOperator($"To {verb} a supervisor");
        if (id != node.Id) throw Refusal.NotFound("supervisor", id, "GET /runtime/supervisors lists the nodes.").AsException();
        if (!options.Value.Enabled) throw Refusal.Conflict("disabled", "This process runs no agents: its setting Supervisor:Enabled is false. Set it to true and start it again, or ask another node.").AsException();
        await db.TransactAsync(async token =>
        {
            var row = await db.Nodes.FindAsync([node.Id], token);
            if (row is null) db.Nodes.Add(row = new NodeRow { Id = node.Id });
            row.Draining = drains;
            if (stops) await stopper.RequestAsync(_ => true, new Ending(EndKind.Drained, $"Its node was stopped by {caller.Actor}."), token);
            db.AfterCommit(() =>
            {
                node.Draining = drains;
                registry.Requested.Pulse();
                registry.Changed.Pulse();
            });
        }, ct);
        return Results.Json(View(node, registry, options), JsonSettings.Web, statusCode: StatusCodes.Status202Accepted);
    }

    static NodeView View(NodeState node, SessionRegistry registry, IOptions<SupervisorOptions> options)
    {
        var live = registry.All.Select(s => s.ToSignal()).ToList();
        return new(node.Snapshot(), options.Value.Enabled, live.Count, live);
    }
}
