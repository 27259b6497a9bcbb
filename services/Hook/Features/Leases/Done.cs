using System.Diagnostics;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Leases;

/// <summary>
/// <c>POST /work-items/{id}/done</c>: the current token ends the lease with a result; the same token again gets the stored
/// result, however often and whatever it says then; any other token is refused.
/// </summary>
static class Done
{
    static readonly string[] FailureClasses = ["transient", "agent_refused", "context_full", "quota", "tests", "timeout", "permanent"];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/work-items/{id}/done", Handle);

    static async Task<Ok<DoneResult>> Handle(string id, DoneRequest request, Caller caller, HookDbContext db, AssignmentFlow flow, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        Validate(id, request);
        var began = Stopwatch.GetTimestamp();
        var hash = LeaseToken.HashOf(request.LeaseToken!);
        var answer = await db.TransactAsync(async token =>
        {
            var row = await db.Assignments.SingleOrDefaultAsync(a => a.LeaseHash == hash, token);
            if (row?.WorkItemId != id || row.State != AssignmentState.Leased) return await ReplayAsync(db, row, id, hash, caller, token);
            SessionGuard.RequireHolder(caller, row);
            using var span = HookTelemetry.Spans.Start("done", row.TraceParent, id, row.RigId, caller.Actor, row.Fence);
            await RequireEvidenceAsync(db, row, request, token);
            // What a command says does not change by saying it again; whether it is tried again is its step's affair.
            if (row.Run is not null) row.MaxAttempts = row.Attempt;
            var over = request.Outcome is CompletionOutcome.Completed or CompletionOutcome.NoChange;
            var state = over ? Evidence.After(request.Outcome!.Value, row.Merge) : row.Attempt < row.MaxAttempts ? WorkItemState.Hooked : WorkItemState.Open;
            var result = new CompletionResult(request.Outcome!.Value, state, request.Summary, request.Reason, request.Branch, request.Commit,
                request.Artifacts, request.Usage, row.LeaseHolder!, row.Fence, clock.Now(), request.Output, request.FailureClass);
            if (over) await CompleteAsync(flow, row, result, caller, token);
            else await FailAsync(db, flow, row, hash, result, caller, token);
            return new DoneResult(id, state, result, result.Fence, false);
        }, ct);
        HookTelemetry.Completions.Since(began, "outcome", Persistence.SnakeCase.Of(answer.Outcome.Outcome.ToString()));
        return TypedResults.Ok(answer);
    }

    static async Task CompleteAsync(AssignmentFlow flow, AssignmentRow row, CompletionResult result, Caller caller, CancellationToken ct)
    {
        AssignmentFlow.Move(row, AssignmentCause.Complete);
        row.Result = result;
        row.CostUsd = (double)(result.Usage?.CostUsd ?? 0);
        row.EndedAt = result.At;
        var (session, node) = (row.SessionId, row.NodeId);
        await flow.EndLeaseAsync(row, ct);
        AssignmentFlow.Touch(row);
        await flow.PublishAsync(new AssignmentCompleted(flow.Header(AssignmentCompleted.Type, row, caller.Actor), row.ToSnapshot() with { SessionId = session, NodeId = node }), ct);
        await flow.EndDispatchAsync(row, ct);
    }

    /// <summary>The attempt is over, the assignment is not: it goes back to the queue, or is exhausted.</summary>
    static async Task FailAsync(HookDbContext db, AssignmentFlow flow, AssignmentRow row, string hash, CompletionResult result, Caller caller, CancellationToken ct)
    {
        db.SpentLeases.Add(new SpentLeaseRow { TokenHash = hash, WorkItemId = row.WorkItemId, Fence = row.Fence, Result = result });
        AssignmentFlow.Touch(row);
        await flow.PublishAsync(new AssignmentCompleted(flow.Header(AssignmentCompleted.Type, row, caller.Actor), row.ToSnapshot() with { LeaseUntil = null, Result = result }), ct);
        var reason = result.Reason ?? result.Summary ?? $"the worker said {(result.Outcome == CompletionOutcome.Blocked ? "blocked" : "failed")} and gave no reason";
        await flow.ReturnAsync(row, caller.Actor, counts: true, reason, null, null, ct, feedback: reason);
        row.LeaseHash = null;
    }

    static async Task<DoneResult> ReplayAsync(HookDbContext db, AssignmentRow? row, string id, string hash, Caller caller, CancellationToken ct)
    {
        if (row is { State: AssignmentState.Completed, Result: { } stored } && row.WorkItemId == id)
        {
            SessionGuard.RequireHolder(caller, row);
            return new DoneResult(id, stored.State, stored, stored.Fence, true);
        }
        var spent = await db.SpentLeases.AsNoTracking().SingleOrDefaultAsync(s => s.TokenHash == hash, ct);
        if (spent is not null && spent.WorkItemId == id)
        {
            caller.RequireActingAs(spent.Result.By, "Using this lease");
            return new DoneResult(id, spent.Result.State, spent.Result, spent.Fence, true);
        }
        if (!await db.Items.AnyAsync(i => i.Id == id, ct)) throw Refusal.NotFound("work item", id).AsException();
        throw await LeaseLost.OfAsync(db, id, ct);
    }

    static async Task RequireEvidenceAsync(HookDbContext db, AssignmentRow row, DoneRequest request, CancellationToken ct)
    {
        var commands = request.Outcome == CompletionOutcome.Completed
            ? await db.Items.Where(i => i.Id == row.WorkItemId).Select(i => i.AcceptanceCommands).SingleOrDefaultAsync(ct) ?? [] : [];
        if (Evidence.Missing(request, row.Merge, row.Branch, commands) is { } missing) throw Refusal.Unprocessable(missing.Code, missing.Detail).AsException();
    }

    static void Validate(string id, DoneRequest request) => new Validation()
        .Check(Ids.IsWorkItem(id), "/id", "A work item's id, e.g. sh-x7k2m.")
        .Check(request.LeaseToken is { Length: > 0 and <= LeaseToken.MaxLength }, "/leaseToken", "The token of the lease under which it was done.")
        .Check(request.Outcome is not null, "/outcome", "One of completed, failed, no_change, blocked.")
        .MaxLength(request.Summary, 65_536, "/summary").MaxLength(request.Reason, 65_536, "/reason")
        .MaxLength(request.Branch, 300, "/branch").MaxLength(request.Commit, 64, "/commit")
        .MaxCount(request.Artifacts, 100, "/artifacts").MaxCount(request.Acceptance, 100, "/acceptance")
        .Check(request.Usage is null || Budget.IsPossible(request.Usage), "/usage", FormattableString.Invariant($"What one session can have used: inputTokens and outputTokens of at least 0, costUsd of 0 to {Budget.MostUsd}."))
        .Output(request.Output)
        .Check(request.FailureClass is null || FailureClasses.Contains(request.FailureClass), "/failureClass", $"One of {string.Join(", ", FailureClasses)}.")
        .Check(request.Artifacts?.All(a => a is { Kind.Length: > 0 and <= 60, Uri.Length: > 0 and <= 2_000 }) ?? true, "/artifacts", "Each artifact has a kind (at most 60 characters) and a uri (at most 2000).")
        .ThrowIfInvalid();
}
