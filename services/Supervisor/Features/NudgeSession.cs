using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ClaudeManage.Supervisor.Features;

/// <summary><c>POST /sessions/{id}/nudge</c>: says something to a running session; answered once it is delivered.</summary>
static class NudgeSessions
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/sessions/{id:guid}/nudge", HandleAsync);

    static async Task<IResult> HandleAsync(Guid id, NudgeRequest body, Caller caller, SupervisorDbContext db, Nudges nudges, NodeState node, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter().RequireNoSession("Speaking to a session");
        return await db.TransactAsync(async token =>
        {
            var row = await ReadSessions.FindAsync(db, id, caller, token);
            caller.RequireActingAs(row.AgentId, "Speaking to a session");
            new Validation().Check(!string.IsNullOrWhiteSpace(body.Text), "/text", "What to say.").MaxLength(body.Text, 8_000, "/text")
                .Check(body.Kind is null or "nudge" or "handoff", "/kind", "nudge, or handoff: a request to hand off.").ThrowIfInvalid();
            if (row.NodeId != node.Id) throw Refusal.Conflict("not-here", $"Session {id} runs on the node {row.NodeId}. Ask that node.", ("node", row.NodeId)).AsException();
            if (row.State is not SessionState.Running) throw Refusal.Conflict("session-over", $"Session {id} does not run: it is {row.State.ToString().ToLowerInvariant()}. Write to {row.AgentId} by mail instead.").AsException();
            if (await nudges.SayAsync(row, row.StartedAt, Ids.Ordered(clock.Now()), body.Kind ?? "nudge", body.Text!, caller.Actor, token) is { } failure)
                throw Refusal.Conflict("session-over", $"It was not delivered to session {id}: {failure}. Write to {row.AgentId} by mail instead.").AsException();
            return Results.Json(row.ToSnapshot(), JsonSettings.Web, statusCode: StatusCodes.Status202Accepted);
        }, ct);
    }
}
