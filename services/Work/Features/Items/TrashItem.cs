using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Work.Features.Items;

/// <summary>
/// <c>DELETE /work-items/{id}</c> moves an item to the trash and <c>POST /work-items/{id}/restore</c> takes it back. In the trash it
/// blocks nobody and is shown in no list but the trash's own; its id, edges, comments and trail stay.
/// </summary>
static class TrashItem
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDelete("/work-items/{id}", TrashAsync).WithSummary("Move a work item to the trash");
        routes.MapPost("/work-items/{id}/restore", RestoreAsync).WithSummary("Take a work item back from the trash");
    }

    static async Task<Ok<WorkItemSnapshot>> TrashAsync(string id, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireOperator("Deleting a work item");
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            await ledger.LockGraphAsync(token);
            var item = await ledger.GetAsync(id, token, trashed: true);
            caller.RequireRig(item.RigId);
            if (item.DeletedAt is not null) return await ledger.SnapshotAsync(item, token);
            http.RequireMatch(item.Version);
            if (item.State is not (WorkItemState.Open or WorkItemState.Closed))
                throw Refusal.Conflict("assigned", $"{id} is {Persistence.SnakeCase.Of(item.State.ToString())}: somebody has it. Take it off its hook or close it first.", ("state", item.State)).AsException();
            item.DeletedAt = clock.Now();
            await ledger.RecordAsync(item, caller, WorkItemTrashed.Type, (e, s) => new WorkItemTrashed(e, s), token);
            return await ledger.SnapshotAsync(item, token);
        }, ct));
    }

    static async Task<Ok<WorkItemSnapshot>> RestoreAsync(string id, Caller caller, WorkDbContext db, Ledger ledger, CancellationToken ct)
    {
        caller.RequireOperator("Restoring a work item");
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            await ledger.LockGraphAsync(token);
            var item = await ledger.GetAsync(id, token, trashed: true);
            caller.RequireRig(item.RigId);
            if (item.DeletedAt is null) return await ledger.SnapshotAsync(item, token);
            item.DeletedAt = null;
            await ledger.RecordAsync(item, caller, WorkItemRestored.Type, (e, s) => new WorkItemRestored(e, s), token);
            return await ledger.SnapshotAsync(item, token);
        }, ct));
    }
}
