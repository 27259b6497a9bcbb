using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Features;

/// <summary>What an operator does to a merge request: <c>POST /merge-requests/{id}/retry|reject|prioritize</c>.</summary>
static class ActOnMergeRequest
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/merge-requests/{id}/retry", RetryAsync);
        routes.MapPost("/merge-requests/{id}/reject", RejectAsync);
        routes.MapPost("/merge-requests/{id}/prioritize", PrioritizeAsync);
    }

    static Task<IResult> RetryAsync(string id, Caller caller, RefineryDbContext db, MergeFlow flow, TimeProvider clock, IOptions<RefineryOptions> options, CancellationToken ct) =>
        ChangeAsync(id, "Retrying a merge request", caller, db, async (request, token) =>
        {
            if (request.WorkItemId is not null && await db.Items.SingleOrDefaultAsync(i => i.Id == request.WorkItemId, token) is { } item)
            {
                if (item.State == WorkItemState.Closed)
                    throw Refusal.Conflict("item-closed", $"{item.Id} is closed, so there is nothing left to land for it.").AsException();
                if (item.Fence > request.Fence)
                    throw Refusal.Conflict("newer-lease", $"{item.Id} was given to a worker again (fence {item.Fence}) and this was done under fence {request.Fence}. Its next completion makes a new request.",
                        ("fence", item.Fence)).AsException();
            }
            var now = clock.Now();
            (request.FreshSince, request.QueuedAt, request.WaitUntil) = (now, now, now.AddSeconds(options.Value.BranchWaitSeconds));
            await flow.RaiseAsync(request, new TryAgain(), caller, token);
        }, ct);

    static Task<IResult> RejectAsync(string id, WithReason? body, Caller caller, RefineryDbContext db, MergeFlow flow, CancellationToken ct)
    {
        new Validation().MaxLength(body?.Reason, 4000, "/reason").ThrowIfInvalid();
        return ChangeAsync(id, "Rejecting a merge request", caller, db, (request, token) =>
            request.Ended ? throw new TransitionRefusedException(nameof(Refusing), request.CurrentState)
                : flow.RaiseAsync(request, new Refusing($"Rejected by {caller.Actor}: {(string.IsNullOrWhiteSpace(body?.Reason) ? "no reason given" : body.Reason.Trim())}"), caller, token), ct);
    }

    static Task<IResult> PrioritizeAsync(string id, PrioritizeMergeRequest? body, Caller caller, RefineryDbContext db, MergeFlow flow, CancellationToken ct)
    {
        var priority = body?.Priority ?? 0;
        new Validation().Check(priority is >= 0 and <= 4, "/priority", "0 (highest) to 4.").ThrowIfInvalid();
        return ChangeAsync(id, "Prioritizing a merge request", caller, db, (request, _) =>
        {
            if (request.Ended) throw new TransitionRefusedException("prioritize", request.CurrentState);
            request.Priority = priority;
            flow.Touch(request);
            return Task.CompletedTask;
        }, ct);
    }

    static async Task<IResult> ChangeAsync(string id, string what, Caller caller, RefineryDbContext db, Func<MergeRequest, CancellationToken, Task> change, CancellationToken ct)
    {
        caller.RequireOperator(what);
        try
        {
            var request = await db.TransactAsync(async token =>
            {
                var found = await Answers.FindAsync(db, id, caller, token);
                await change(found, token);
                return found;
            }, ct);
            return Results.Ok(request.ToSnapshot());
        }
        catch (TransitionRefusedException)
        {
            var request = await db.Requests.AsNoTracking().SingleAsync(r => r.Id == id, ct);
            throw Refusal.Conflict("wrong-state", $"{what} is not possible while it is {request.State.ToString().ToLowerInvariant()}. {Hint(request)}", ("state", request.State)).AsException();
        }
    }

    static string Hint(MergeRequest request) => request.State switch
    {
        Contracts.Refinery.MergeRequestState.Merged => $"It landed as {request.MergedCommit}.",
        Contracts.Refinery.MergeRequestState.Landing => "Its landing cannot be stopped any more; look again in a moment.",
        Contracts.Refinery.MergeRequestState.Superseded => "A newer request took its place, or its item is over.",
        Contracts.Refinery.MergeRequestState.Conflicted or Contracts.Refinery.MergeRequestState.Rejected => "It can be retried.",
        Contracts.Refinery.MergeRequestState.Proved => "Its gates passed; it lands together with its convoy.",
        _ => "It is in the queue already.",
    };
}
