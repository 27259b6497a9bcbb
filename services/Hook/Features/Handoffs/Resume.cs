using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Features.Leases;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Handoffs;

/// <summary><c>POST /resumes</c>: takes a handoff up with a new lease and its context; once. Parked work may be resumed before its gate opens.</summary>
static class Resume
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/resumes", Handle).WithoutIdempotencyKey();

    static async Task<Ok<ClaimResult>> Handle(ResumeRequest request, Caller caller, HookDbContext db, Leasing leasing, CancellationToken ct)
    {
        var agent = request.AgentId ?? caller.Actor;
        caller.RequireWriter().RequireActingAs(agent, "Resuming");
        new Validation()
            .Check(request.HandoffId is null != request.WorkItemId is null, "/handoffId", "Name `handoffId` or `workItemId`.")
            .Check(ActorAddress.IsValid(agent), "/agentId", "An agent's address.").ThrowIfInvalid();
        var handoff = await FindAsync(request, db, ct);
        caller.RequireReach(handoff.ToHookId);
        RequireMeantFor(handoff, agent, caller);
        if (handoff.State is HandoffState.Accepted) throw AlreadyResumed(handoff).AsException();
        if (handoff.State is HandoffState.Expired)
            throw Refusal.Conflict("handoff-expired", $"Nobody took this handoff up in time, and {handoff.WorkItemId} went to the rig's pool. Claim it there.").AsException();
        return TypedResults.Ok(await leasing.ResumeAsync(handoff.AssignmentId, agent, caller, ct)
            ?? throw AlreadyResumed(await FindAsync(request, db, ct)).AsException());
    }

    static async Task<HandoffRow> FindAsync(ResumeRequest request, HookDbContext db, CancellationToken ct)
    {
        var query = db.Handoffs.AsNoTracking();
        return (request.HandoffId is { } id
            ? await query.SingleOrDefaultAsync(h => h.Id == id, ct)
            : await query.Where(h => h.WorkItemId == request.WorkItemId).OrderByDescending(h => h.CreatedAt).FirstOrDefaultAsync(ct))
            ?? throw Refusal.NotFound("handoff", request.HandoffId?.ToString() ?? $"of {request.WorkItemId}").AsException();
    }

    static void RequireMeantFor(HandoffRow handoff, string agent, Caller caller)
    {
        var mine = handoff.ToHookId == agent || (ActorAddress.IsPool(handoff.ToHookId) && ActorAddress.RigOf(handoff.ToHookId) == ActorAddress.RigOf(agent));
        if (!mine && !caller.IsOperator) throw Refusal.Forbidden($"This handoff is for {handoff.ToHookId}, not for {agent}.").AsException();
    }

    static Refusal AlreadyResumed(HandoffRow handoff) => Refusal.Conflict("already-resumed",
        handoff.AcceptedBy is null ? $"{handoff.WorkItemId} is being started or is in other hands already." : $"{handoff.AcceptedBy} took this handoff up at {handoff.AcceptedAt:u}. A handoff is taken up once.",
        ("acceptedBy", handoff.AcceptedBy), ("acceptedAt", handoff.AcceptedAt));
}
