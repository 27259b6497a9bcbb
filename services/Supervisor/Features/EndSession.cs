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

namespace ClaudeManage.Supervisor.Features;

/// <summary>
/// <c>POST /sessions/{id}/stop</c>: the work is saved, the lease given back, the item queued again.
/// <c>POST /sessions/{id}/handoff</c>: the same, with what is known so far as context for whoever goes on.
/// Answered once it is on record (202); the session's own page says when it is over.
/// </summary>
static class EndSession
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/sessions/{id:guid}/stop", (Guid id, Caller caller, SupervisorDbContext db, SessionStopper stopper, CancellationToken ct, WithReason? body = null) =>
            HandleAsync(id, body, EndKind.Stopped, "stopped", caller, db, stopper, ct));
        routes.MapPost("/sessions/{id:guid}/handoff", (Guid id, Caller caller, SupervisorDbContext db, SessionStopper stopper, CancellationToken ct, WithReason? body = null) =>
            HandleAsync(id, body, EndKind.HandedOff, "handed off", caller, db, stopper, ct));
    }

    static async Task<IResult> HandleAsync(Guid id, WithReason? body, EndKind kind, string verb, Caller caller, SupervisorDbContext db, SessionStopper stopper, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation().MaxLength(body?.Reason, 2_000, "/reason").ThrowIfInvalid();
        return await db.TransactAsync(async token =>
        {
            var row = await ReadSessions.FindAsync(db, id, caller, token);
            caller.RequireActingAs(row.AgentId, "Ending a session");
            if (caller.AssignmentId is { } own && (own != row.AssignmentId || caller.Fence != row.Fence))
                throw new Refusal(403, "session-ended", $"This token was made for another session of {row.AgentId}, which is over. Stop; it ends no other.").AsException();
            var reason = body?.Reason is { Length: > 0 } why ? $"It was {verb} by {caller.Actor}: {why}" : $"It was {verb} by {caller.Actor}.";
            if (await stopper.RequestAsync(x => x.Id == id, new Ending(kind, reason), token) == 0 && row.State is SessionState.Preparing or SessionState.Running)
                throw Refusal.Conflict("not-here", $"Session {id} runs on the node {row.NodeId}. Ask that node.", ("node", row.NodeId)).AsException();
            return Results.Json(row.ToSnapshot(), JsonSettings.Web, statusCode: StatusCodes.Status202Accepted);
        }, ct);
    }
}
