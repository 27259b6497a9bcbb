using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Reconciling;
using ClaudeManage.ServiceDefaults.Auth;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Hook.Features.Scheduling;

/// <summary><c>POST /runtime/reconcile</c>: what was checked and what was put right.</summary>
static class ReconcileEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/runtime/reconcile", Handle);

    static async Task<Ok<ReconcileResult>> Handle(Caller caller, Reconciler reconciler, CancellationToken ct) =>
        TypedResults.Ok(await reconciler.RunAsync(caller.RequireTownOperator("Reconciling"), ct));
}
