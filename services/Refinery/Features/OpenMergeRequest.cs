using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Consumers;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Features;

/// <summary><c>POST /merge-requests</c>: land a branch that did not come from an agent.</summary>
static class OpenMergeRequest
{
    const int DefaultPriority = 2;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/merge-requests", HandleAsync);

    static async Task<IResult> HandleAsync(
        CreateMergeRequest body, Caller caller, RefineryDbContext db, MergeFlow flow, TimeProvider clock, IOptions<RefineryOptions> options, CancellationToken ct)
    {
        caller.RequireOperator("Opening a merge request");
        new Validation().Check(!string.IsNullOrEmpty(body.RigId), "/rigId", "Name the rig.")
            .Check(GitNames.ValidateBranch(body.Branch) is null, "/branch", $"Not a branch: {GitNames.ValidateBranch(body.Branch)}.")
            .Check(body.Commit is null || GitNames.ValidateSha(body.Commit) is null, "/commit", "A commit id has 40 (or 64) lower-case hexadecimal digits.")
            .Check(body.Priority is null or (>= 0 and <= 4), "/priority", "0 (highest) to 4.")
            .Check(body.Strategy is null or MergeStrategy.Merge or MergeStrategy.Squash, "/strategy", "The queue lands with merge or squash.")
            .MaxLength(body.Title, 300, "/title").ThrowIfInvalid();
        var request = await db.TransactAsync(async token =>
        {
            var rig = await Answers.FindRigAsync(db, body.RigId!, caller, token);
            if (rig.GitUrl is null) throw Refusal.Unprocessable("no-repository", $"The rig {rig.Id} has no repository, so nothing can be landed in it.").AsException();
            if (rig.DefaultBranch == body.Branch)
                throw Refusal.Unprocessable("branch-is-target", $"{body.Branch} is the branch changes are landed on. Name the branch that holds the change.").AsException();
            if (await db.Requests.FirstOrDefaultAsync(r => r.RigId == rig.Id && r.Branch == body.Branch && r.EndedAt == null, token) is { } open)
                throw Refusal.Conflict("already-queued", $"{open.Id} is landing {body.Branch} already; look at it with GET /merge-requests/{open.Id}.", ("mergeRequestId", open.Id)).AsException();
            var now = clock.Now();
            var made = new MergeRequest
            {
                CorrelationId = Ids.Ordered(now),
                Id = await WorkItemFactsConsumer.FreeIdAsync(db, rig.Prefix, token),
                RigId = rig.Id,
                Title = string.IsNullOrWhiteSpace(body.Title) ? $"Merge {body.Branch}" : body.Title,
                Branch = body.Branch!,
                Commit = body.Commit ?? "",
                Author = caller.Actor,
                Privileged = true,
                Priority = body.Priority ?? DefaultPriority,
                Strategy = body.Strategy ?? (rig.Merge.Strategy == MergeStrategy.Squash ? MergeStrategy.Squash : MergeStrategy.Merge),
                Attempt = 1,
                QueuedAt = now,
                UpdatedAt = now,
                WaitUntil = now.AddSeconds(options.Value.BranchWaitSeconds),
                TraceParent = TraceContext.Current,
            };
            db.Add(made);
            await flow.RaiseAsync(made, new Submit(), caller, token);
            return made;
        }, ct);
        return Results.Created($"/merge-requests/{request.Id}", request.ToSnapshot());
    }
}
