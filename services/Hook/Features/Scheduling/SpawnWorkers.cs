using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Features.Hooks;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Hook.Features.Scheduling;

/// <summary><c>POST /runtime/workers</c>: let a worker of the rig do this item, that is: sling it to the rig's pool.</summary>
static class SpawnWorkers
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/runtime/workers", Handle)
        .WithPreparation(context => context.HttpContext.RequestServices.GetRequiredService<ItemArrival>()
            .WaitAsync([context.Arguments.OfType<SpawnWorker>().Single().WorkItemId ?? ""], context.HttpContext.RequestAborted));

    static async Task<Accepted<SlingResult>> Handle(SpawnWorker request, Caller caller, HookDbContext db, ItemArrival arrival, SlingItems slings, CancellationToken ct)
    {
        caller.RequireWriter().RequireOperator("Spawning a worker");
        new Validation()
            .Check(request.RigId is not null && ActorAddress.IsPool(ActorAddress.Pool(request.RigId)), "/rigId", "A rig's name.")
            .Check(Ids.IsWorkItem(request.WorkItemId), "/workItemId", "A work item's id, e.g. sh-x7k2m.").ThrowIfInvalid();
        if (db.Database.CurrentTransaction is null) await arrival.WaitAsync([request.WorkItemId!], ct);
        var sling = new SlingRequest(request.WorkItemId);
        var result = (await db.TransactAsync(token => slings.SlingAsync(ActorAddress.Pool(request.RigId!), sling, caller, token), ct))[0];
        return TypedResults.Accepted($"/assignments/{result.AssignmentId}", result);
    }
}
