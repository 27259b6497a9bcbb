using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Workflow.Running;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Workflow.Features;

/// <summary><c>POST /runtime/compact</c>: what the patrol does daily, now. Asked twice it has nothing left to do.</summary>
static class CompactEndpoint
{
    const int Most = 1_000;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/runtime/compact", HandleAsync).WithOwnIdempotency().WithSummary("Fold molecules and wisps that have been over for long into digests");

    static async Task<Ok<CompactionResult>> HandleAsync(CompactRequest? request, Caller caller, Compaction compaction, CancellationToken ct)
    {
        caller.RequireTownOperator("Compacting the town");
        var limit = request?.Limit ?? Compaction.Batch;
        if (limit is < 1 or > Most) throw Refusal.Invalid("/limit", $"1 to {Most} at once; while `more` is true, ask again.").AsException();
        return TypedResults.Ok(await compaction.RunAsync(limit, request?.DryRun is true, caller.Actor, ct));
    }
}
