using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Hook.Features.Leases;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook.Features.Handoffs;

/// <summary>
/// <c>POST /handoffs</c>: ends the lease and passes the work on with its context: to an agent, the pool, or (by default) the
/// same hook and a fresh session. With a time gate it is parked until then. No attempt is counted.
/// </summary>
static class CreateHandoff
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/handoffs", Handle);

    static async Task<Created<HandoffSnapshot>> Handle(
        HandoffRequest request, Caller caller, HookDbContext db, AssignmentFlow flow, AgentRegistry agents, IOutbox<HookDbContext> outbox, IOptions<HookOptions> options, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        Validate(request, clock.Now());
        var hash = LeaseToken.HashOf(request.LeaseToken!);
        var snapshot = await db.TransactAsync(async token =>
        {
            var row = await db.Assignments.SingleOrDefaultAsync(a => a.LeaseHash == hash, token);
            if (row is not { State: AssignmentState.Leased }) throw await LeaseLost.OfAsync(db, row?.WorkItemId, token);
            SessionGuard.RequireHolder(caller, row);
            using var span = HookTelemetry.Spans.Start("handoff", row.TraceParent, row.WorkItemId, row.RigId, caller.Actor, row.Fence);
            if (request.Branch is not null && request.Branch != row.Branch)
                throw Refusal.Unprocessable("evidence-missing", $"This lease may hand over the branch {row.Branch} only, and the request names {request.Branch}.").AsException();
            var target = request.To is null or "self" ? row.HookId : request.To;
            await RequireTargetAsync(agents, row, target, token);
            var now = clock.Now();
            var handoff = new HandoffRow
            {
                Id = Ids.Ordered(now),
                State = request.Gate is null ? HandoffState.Pending : HandoffState.Parked,
                WorkItemId = row.WorkItemId,
                AssignmentId = row.Id,
                FromAgentId = row.LeaseHolder!,
                ToHookId = target,
                Reason = request.Reason,
                Context = request.Context ?? new HandoffContext(),
                Branch = request.Branch,
                Commit = request.Commit,
                CreatedAt = now,
                OpensAt = request.Gate?.OpensAt,
            };
            db.Handoffs.Add(handoff);
            AssignmentFlow.Move(row, request.Gate is null ? AssignmentCause.HandOff : AssignmentCause.Park);
            await flow.EndLeaseAsync(row, token);
            row.HandoffId = handoff.Id;
            if (request.Branch is not null && request.Commit is not null) row.BaseBranch = request.Branch;
            if (target != row.HookId) row.HomeHookId = target;
            row.HookId = target;
            row.AgentId = ActorAddress.IsPool(target) ? null : target;
            row.Managed = row.Managed && RigCopy.IsRunByRig(target);
            await flow.PublishAsync(new HandoffCreated(flow.Header(HandoffCreated.Type, row, caller.Actor), handoff.ToSnapshot()), token);
            if (request.Gate is null) await PassOnAsync(flow, outbox, options.Value, handoff, row, caller, now, token);
            else await ParkAsync(flow, outbox, handoff, row, caller, token);
            return handoff.ToSnapshot();
        }, ct);
        return TypedResults.Created($"/handoffs/{snapshot.Id}", snapshot);
    }

    static async Task PassOnAsync(AssignmentFlow flow, IOutbox<HookDbContext> outbox, HookOptions options, HandoffRow handoff, AssignmentRow row, Caller caller, DateTimeOffset now, CancellationToken ct)
    {
        if (!ActorAddress.IsPool(handoff.ToHookId))
        {
            handoff.ExpiresAt = now.AddSeconds(options.HandoffSeconds);
            await outbox.ScheduleAsync(new HandoffCheck(handoff.Id), handoff.ExpiresAt.Value, ct);
        }
        await flow.QueueAsync(row, caller.Actor, ct, front: true);
    }

    static async Task ParkAsync(AssignmentFlow flow, IOutbox<HookDbContext> outbox, HandoffRow handoff, AssignmentRow row, Caller caller, CancellationToken ct)
    {
        AssignmentFlow.Touch(row);
        await flow.PublishAsync(new AssignmentParked(flow.Header(AssignmentParked.Type, row, caller.Actor), row.ToSnapshot()), ct);
        await flow.EndDispatchAsync(row, ct);
        await outbox.ScheduleAsync(new GateCheck(handoff.Id), handoff.OpensAt!.Value, ct);
    }

    static async Task RequireTargetAsync(AgentRegistry agents, AssignmentRow row, string target, CancellationToken ct)
    {
        if (target != row.HookId) await agents.RequireHookAsync(target, ct);
        if (ActorAddress.RigOf(target) is { } rig && rig != row.RigId)
            throw Refusal.Conflict("wrong-rig", $"{row.WorkItemId} belongs to the rig {row.RigId} and {target} to {rig}. Hand it to a hook of its own rig.").AsException();
    }

    static void Validate(HandoffRequest request, DateTimeOffset now)
    {
        var c = request.Context;
        var validation = new Validation()
            .Check(request.LeaseToken is { Length: > 0 and <= LeaseToken.MaxLength }, "/leaseToken", "The token of the lease that is passed on.")
            .Check(request.To is null or "self" || ActorAddress.IsHook(request.To), "/to", "`self`, an agent's address or a rig's pool.")
            .Check(request.To is null || request.Gate is null, "/gate", "Either a target or a gate: parked work comes back to its own hook.")
            .Check(request.Gate is null || request.Gate.Type != "time" || request.Gate.OpensAt > now, "/gate/opensAt", "A time gate needs a time in the future.")
            .MaxLength(request.Reason, 65_536, "/reason").MaxLength(request.Branch, 300, "/branch").MaxLength(request.Commit, 64, "/commit")
            .MaxLength(c?.Summary, 65_536, "/context/summary").MaxLength(c?.Notes, 65_536, "/context/notes");
        foreach (var (list, name) in new[] { (c?.Done, "done"), (c?.Next, "next"), (c?.Files, "files"), (c?.OpenQuestions, "openQuestions") })
            validation.MaxCount(list, 100, $"/context/{name}").Check(list?.All(t => t is { Length: <= 4_000 }) ?? true, $"/context/{name}", "At most 4000 characters each.");
        validation.ThrowIfInvalid();
        if (request.Gate is { Type: not "time" })
            throw Refusal.Unprocessable("gate-not-served", "Work is parked on a time here: `gate: {\"type\":\"time\",\"opensAt\":…}`.").AsException();
    }
}
