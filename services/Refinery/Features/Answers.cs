using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Features;

/// <summary>Rows as the API shows them.</summary>
static class Answers
{
    public static GateRunDetail Detail(GateRun run) => new(run.Id, run.RigId, run.MergeRequestId, run.Gate, run.Tree, run.Commit, run.Result, run.ExitCode, run.Tries, run.Flaky,
        run.CachedFrom is not null, run.OnTarget, run.Interrupted, run.OutputTail, run.StartedAt, run.EndedAt, $"/gate-runs/{run.Id}/log");

    public static MergeRequestDetail Detail(MergeRequest r, int? position, string? waitingFor, IEnumerable<GateRun> runs) => new(r.Id, r.RigId, r.WorkItemId, r.Title, r.Branch,
        r.Commit, r.Base, r.Target, r.Author, r.Fence, r.Priority, r.Strategy, r.Attempt, r.State, r.Candidate, r.Conflict, r.Feedback, r.MergedCommit, r.ConvoyId,
        r.QueuedAt, r.UpdatedAt, r.EndedAt, r.Version, position, waitingFor, [.. runs.Select(Detail)]);

    /// <summary>A rig's open requests in the order in which they are tried.</summary>
    public static List<MergeRequest> InOrder(IEnumerable<MergeRequest> open, RefineryOptions options)
    {
        var rows = open.ToDictionary(r => r.Id);
        var limits = new PlanLimits(options.MaxConcurrentGates, TimeSpan.FromMinutes(options.AgeingMinutes));
        return [.. Planner.InOrder(rows.Values.Select(r => new RequestPicture(r.Id, r.State, r.Priority, r.QueuedAt, r.NotBefore, [])), limits).Select(p => rows[p.Id])];
    }

    /// <summary>What a request waits for.</summary>
    public static string WaitingFor(MergeRequest request, int position, MergeQueue? queue, RigCopy? rig) =>
        rig is null ? $"the rig {request.RigId}, which is not known here yet"
        : rig.State == Contracts.Work.RigState.Docked ? $"the rig {rig.Id}, which is docked"
        : queue is { Hold: not HoldKind.None } ? $"the queue, which is paused: {queue.Reason}"
        : request.State switch
        {
            MergeRequestState.Proved => $"the others of its convoy {request.ConvoyId}, with which it lands",
            MergeRequestState.Landing => "its landing",
            MergeRequestState.Gating or MergeRequestState.Batched => "its gates",
            _ when request.NotBefore is not null => $"its commit to appear on {request.Branch} at the origin, until {request.WaitUntil:u}",
            _ => position == 1 ? "its turn: it is next" : $"its turn: {position - 1} before it",
        };

    /// <summary>The request, or 404; 403 for a caller limited to other rigs.</summary>
    public static async Task<MergeRequest> FindAsync(RefineryDbContext db, string id, Caller caller, CancellationToken ct)
    {
        var request = await db.Requests.SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw Refusal.NotFound("merge request", id).AsException();
        caller.RequireRig(request.RigId);
        return request;
    }

    /// <summary>The rig, or 404; 403 for a caller limited to other rigs.</summary>
    public static async Task<RigCopy> FindRigAsync(RefineryDbContext db, string id, Caller caller, CancellationToken ct)
    {
        caller.RequireRig(id);
        return await db.Rigs.SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw Refusal.NotFound("rig", id).AsException();
    }
}
