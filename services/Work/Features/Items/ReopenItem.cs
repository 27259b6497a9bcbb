using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Work.Features.Items;

/// <summary><c>POST /work-items/{id}/reopen</c>: the end is taken back; the trail keeps the outcome there was.</summary>
static class ReopenItem
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/work-items/{id}/reopen", HandleAsync).WithSummary("Reopen a closed work item, with a reason");

    static async Task<Ok<WorkItemSnapshot>> HandleAsync(string id, WithReason body, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, CancellationToken ct)
    {
        var snapshot = await RunAsync(id, body, caller, http.RequireMatch, db, ledger, ct);
        http.SetETag(snapshot.Version);
        return TypedResults.Ok(snapshot);
    }

    /// <param name="match">Refuses a version that the caller did not mean.</param>
    public static async Task<WorkItemSnapshot> RunAsync(string id, WithReason body, Caller caller, Action<long> match, WorkDbContext db, Ledger ledger, CancellationToken ct)
    {
        caller.RequireOperator("Reopening a work item");
        new Validation().Check(!string.IsNullOrWhiteSpace(body.Reason), "/reason", "Say why it is not over.").MaxLength(body.Reason, WorkItemLimits.Text, "/reason").ThrowIfInvalid();
        return await db.TransactAsync(async token =>
        {
            await ledger.LockGraphAsync(token);
            var item = await ledger.GetAsync(id, token);
            caller.RequireRig(item.RigId);
            match(item.Version);
            Ledger.Step(item, TransitionCause.Reopened);
            (item.Outcome, item.CompletedAt, item.Submission, item.MergeRequestId) = (null, null, null, null);
            (item.AssignedAgentId, item.HookId, item.AssignmentId) = (null, null, null);
            await ledger.RecordAsync(item, caller, WorkItemReopened.Type, (e, s) => new WorkItemReopened(e, s, body.Reason), token);
            return await ledger.SnapshotAsync(item, token);
        }, ct);
    }
}
