using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Features;

/// <summary><c>GET /rigs/{id}/merge-queue</c> and <c>POST /rigs/{id}/merge-queue/pause|resume</c>.</summary>
static class MergeQueues
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/rigs/{id}/merge-queue", async (string id, Caller caller, RefineryDbContext db, IOptions<RefineryOptions> options, CancellationToken ct) =>
            Results.Ok(await ViewAsync(id, caller, db, options.Value, ct)));
        routes.MapPost("/rigs/{id}/merge-queue/pause", PauseAsync);
        routes.MapPost("/rigs/{id}/merge-queue/resume", ResumeAsync);
    }

    static async Task<IResult> PauseAsync(string id, WithReason? body, Caller caller, RefineryDbContext db, QueueHolds holds, IOptions<RefineryOptions> options, CancellationToken ct)
    {
        caller.RequireOperator("Pausing a merge queue");
        new Validation().MaxLength(body?.Reason, 4000, "/reason").ThrowIfInvalid();
        await db.TransactAsync(async token =>
        {
            await Answers.FindRigAsync(db, id, caller, token);
            await holds.PauseAsync(id, string.IsNullOrWhiteSpace(body?.Reason) ? $"paused by {caller.Actor}" : body.Reason.Trim(), caller, token);
        }, ct);
        return Results.Ok(await ViewAsync(id, caller, db, options.Value, ct));
    }

    static async Task<IResult> ResumeAsync(string id, Caller caller, RefineryDbContext db, QueueHolds holds, IOptions<RefineryOptions> options, CancellationToken ct)
    {
        caller.RequireOperator("Resuming a merge queue");
        await db.TransactAsync(async token =>
        {
            await Answers.FindRigAsync(db, id, caller, token);
            await holds.ResumeAsync(id, caller, token);
        }, ct);
        return Results.Ok(await ViewAsync(id, caller, db, options.Value, ct));
    }

    static async Task<MergeQueueView> ViewAsync(string id, Caller caller, RefineryDbContext db, RefineryOptions options, CancellationToken ct)
    {
        var rig = await Answers.FindRigAsync(db, id, caller, ct);
        var queue = await db.Queues.AsNoTracking().SingleOrDefaultAsync(q => q.RigId == id, ct);
        var open = Answers.InOrder(await db.Requests.AsNoTracking().Where(r => r.RigId == id && r.EndedAt == null).ToListAsync(ct), options);
        var flaky = await db.GateRuns.AsNoTracking().Where(r => r.RigId == id && r.Flaky && r.CachedFrom == null)
            .GroupBy(r => r.Gate).OrderBy(g => g.Key).Select(g => new FlakyGate(g.Key, g.Count(), g.Max(r => r.StartedAt))).Take(100).ToListAsync(ct);
        var held = queue is { Hold: not HoldKind.None };
        return new MergeQueueView(id, rig.DefaultBranch, rig.Gates.Count == 0 ? "none" : rig.Gates.Select(g => g.Name).ToList(), held, queue?.HeldBy,
            held ? SnakeCase.Of(queue!.Hold.ToString()) : null, queue?.Reason, queue?.HeldAt, queue?.RetryAt, rig.Merge.MaxConcurrent, options.AgeingMinutes,
            open.Count(r => r.State == MergeRequestState.Queued), open.Count(r => r.State != MergeRequestState.Queued),
            [.. open.Take(Paging.MaxLimit).Select((r, i) => new MergeQueueEntry(i + 1, r.Id, r.WorkItemId, r.Title, r.Branch, r.Author, r.Priority, r.State, r.QueuedAt, Answers.WaitingFor(r, i + 1, queue, rig)))], flaky);
    }
}
