using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Work.Features.Items;

/// <summary><c>POST /work-items/{id}/dependencies</c> and <c>DELETE /work-items/{id}/dependencies/{targetId}</c>.</summary>
static class EditDependencies
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/work-items/{id}/dependencies", AddAsync).WithSummary("Make an item depend on another");
        routes.MapDelete("/work-items/{id}/dependencies/{targetId}", RemoveAsync).WithSummary("Take a dependency away");
    }

    static async Task<Ok<WorkItemSnapshot>> AddAsync(
        string id, AddDependency body, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, Dependencies dependencies, Rights rights, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation().Check(Ids.IsWorkItem(body.TargetId), "/targetId", "The id of the item this one depends on, such as sh-x7k2m.").ThrowIfInvalid();
        var snapshot = await db.TransactAsync(async token =>
        {
            await rights.RequireLiveAsync(caller, token);
            await ledger.LockGraphAsync(token);
            var item = await ledger.GetAsync(id, token);
            caller.RequireRig(item.RigId);
            http.RequireMatch(item.Version);
            if (await dependencies.AddAsync(item, body.TargetId!, body.Type, caller.Actor, clock.Now(), token))
                await ledger.RecordAsync(item, caller, Facts.Updated.Type, Facts.Updated.Make, token);
            return await ledger.SnapshotAsync(item, token);
        }, ct);
        http.SetETag(snapshot.Version);
        return TypedResults.Ok(snapshot);
    }

    static async Task<Ok<WorkItemSnapshot>> RemoveAsync(
        string id, string targetId, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, Dependencies dependencies, Rights rights, CancellationToken ct)
    {
        caller.RequireWriter();
        var snapshot = await db.TransactAsync(async token =>
        {
            await rights.RequireLiveAsync(caller, token);
            await ledger.LockGraphAsync(token);
            var item = await ledger.GetAsync(id, token);
            Rights.RequireAuthor(caller, item, "Taking a dependency away");
            http.RequireMatch(item.Version);
            await dependencies.RemoveAsync(item, targetId, token);
            await ledger.RecordAsync(item, caller, Facts.Updated.Type, Facts.Updated.Make, token);
            return await ledger.SnapshotAsync(item, token);
        }, ct);
        http.SetETag(snapshot.Version);
        return TypedResults.Ok(snapshot);
    }
}
