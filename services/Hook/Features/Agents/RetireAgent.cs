using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Agents;

/// <summary><c>POST /agents/{id}/retire</c>: gets no more work; what is queued for it goes to its rig's pool (a town-level agent's is released). Its history stays.</summary>
static class RetireAgent
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/agents/{agentId}/retire", Handle);

    static async Task<Ok<AgentSnapshot>> Handle(AddressPath agentId, Caller caller, HookDbContext db, AssignmentFlow flow, IOutbox<HookDbContext> outbox, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireOperator("Retiring an agent").RequireReach(agentId.Value);
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var row = await db.Agents.FindAsync([agentId.Value], token) ?? throw Refusal.NotFound("agent", agentId.Value).AsException();
            if (row.RetiredAt is not null) return row.ToSnapshot();
            var live = await db.Live.Where(a => a.HookId == row.Id).ToListAsync(token);
            if (live.FirstOrDefault(a => a.State == AssignmentState.Leased || a.SessionId is not null) is { } held)
                throw Refusal.Conflict("agent-working", $"{row.Id} is working on {held.WorkItemId}. Let it finish, or unsling that first.", ("assignmentId", held.Id)).AsException();
            row.RetiredAt = clock.Now();
            row.Version++;
            foreach (var assignment in live) await LetGoAsync(flow, assignment, row.RigId, caller, token);
            await outbox.PublishAsync(new AgentRetired(caller.Event(AgentRetired.Type, row.RetiredAt.Value, rigId: row.RigId), row.ToSnapshot()), token);
            return row.ToSnapshot();
        }, ct));
    }

    static async Task LetGoAsync(AssignmentFlow flow, AssignmentRow row, string? rigId, Caller caller, CancellationToken ct)
    {
        if (rigId is null)
        {
            await flow.ReleaseAsync(row, caller.Actor, "its agent was retired", ct);
            return;
        }
        AssignmentFlow.Move(row, AssignmentCause.Move);
        row.HookId = row.HomeHookId = ActorAddress.Pool(rigId);
        row.AgentId = null;
        await flow.QueueAsync(row, caller.Actor, ct);
    }
}
