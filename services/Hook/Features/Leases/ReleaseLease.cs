using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Leases;

/// <summary><c>POST /leases/release</c>: the item is queued again. <c>dead</c> says that the holder was proved dead; then the attempt counts.</summary>
static class ReleaseLease
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/leases/release", Handle);

    static async Task<NoContent> Handle(ReleaseRequest request, Caller caller, HookDbContext db, AssignmentFlow flow, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation()
            .Check(request.Token is { Length: > 0 and <= LeaseToken.MaxLength }, "/token", "The lease's token is needed.")
            .MaxLength(request.Reason, 65_536, "/reason").ThrowIfInvalid();
        var hash = LeaseToken.HashOf(request.Token!);
        await db.TransactAsync(async token =>
        {
            var row = await db.Assignments.SingleOrDefaultAsync(a => a.LeaseHash == hash, token);
            if (row is not { State: AssignmentState.Leased }) throw await LeaseLost.OfAsync(db, row?.WorkItemId, token);
            SessionGuard.RequireHolder(caller, row);
            using var span = HookTelemetry.Spans.Start("release", row.TraceParent, row.WorkItemId, row.RigId, caller.Actor, row.Fence);
            var reason = string.IsNullOrWhiteSpace(request.Reason) ? request.Dead ? "its worker was proved dead" : "given back" : request.Reason;
            await flow.ReturnAsync(row, caller.Actor, request.Dead, reason, (e, s) => new LeaseReleased(e, s, reason), LeaseReleased.Type, token);
        }, ct);
        return TypedResults.NoContent();
    }
}
