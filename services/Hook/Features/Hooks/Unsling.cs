using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Hooks;

/// <summary><c>POST /hooks/{hookId}/unsling</c>: takes an item off the hook; a session that works on it is stopped.</summary>
static class Unsling
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/hooks/{hookId}/unsling", Handle);

    static async Task<Ok<AssignmentSnapshot>> Handle(AddressPath hookId, UnslingRequest request, Caller caller, HookDbContext db, AssignmentFlow flow, SessionGuard guard, CancellationToken ct)
    {
        caller.RequireWriter().RequireActingAs(hookId.Value, "Taking something off this hook");
        new Validation()
            .Check(Ids.IsWorkItem(request.WorkItemId), "/workItemId", "A work item's id, e.g. sh-x7k2m.")
            .MaxLength(request.Reason, 65_536, "/reason").ThrowIfInvalid();
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            await guard.RequireLiveAsync(caller, token);
            var row = await db.Live.SingleOrDefaultAsync(a => a.WorkItemId == request.WorkItemId, token);
            // Work out of a pool may have moved on to a polecat; it still belongs to that pool.
            if (row is null || (row.HookId != hookId.Value && row.HomeHookId != hookId.Value))
                throw Refusal.Conflict("not-on-hook", row is null ? $"{request.WorkItemId} is on no hook." : $"{request.WorkItemId} is on the hook {row.HookId}, not on {hookId}.",
                    ("hookId", row?.HookId)).AsException();
            var left = row.HookId;
            await flow.ReleaseAsync(row, caller.Actor, request.Reason ?? "unslung", token);
            flow.Wake(left);
            return row.ToSnapshot();
        }, ct));
    }
}
