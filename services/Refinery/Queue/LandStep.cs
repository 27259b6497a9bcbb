using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Git;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Sagas;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Queue;

/// <summary>
/// Moves the target from the tip the candidate stands on to the candidate, and to nothing else, and proves it by reading
/// back. What is about to be pushed stands in the row before; so after a crash the same step looks at the origin and
/// either completes or repeats, and never lands anything twice.
/// </summary>
sealed class LandStep(QueueWork work, Repositories repositories, StepPoints points, ILogger<LandStep> log)
{
    public async Task RunAsync(StepOrder order, CancellationToken ct)
    {
        await work.WriteAsync(order, PassAsync, ct);
        var (request, rig, _) = await work.ReadAsync(order, ct);
        if (request.State != MergeRequestState.Landing) return;
        await points.Reach(StepPoints.LandingRecorded, ct);

        var mirror = repositories.Of(rig.Id, rig.GitUrl ?? throw new GitException($"the rig {rig.Id} has no repository any more"));
        await mirror.EnsureAsync(ct);
        if (await MoveAsync(order, request, rig, mirror, ct) is { } notLanded)
        {
            await work.WriteAsync(order, async (s, token) =>
            {
                if (notLanded.Refused) await s.Holds.TroubleAsync(rig.Id, HoldKind.Refused, notLanded.Why, request.Id, token);
                else await s.Holds.WorkedAsync(rig.Id, token, HoldKind.Origin);
                await s.Flow.RaiseAsync(s.Request, new Requeue(notLanded.Why), QueueHolds.Driver, token);
            }, ct);
            return;
        }
        await points.Reach(StepPoints.Pushed, ct);
        await ProveAsync(mirror, request, ct);
        await DeleteBranchAsync(mirror, request, rig, ct);
        await points.Reach(StepPoints.BranchDeleted, ct);
        await work.WriteAsync(order, async (s, token) =>
        {
            await s.Holds.WorkedAsync(rig.Id, token, HoldKind.Origin, HoldKind.Refused);
            await s.Flow.RaiseAsync(s.Request, new ProveLanded(request.Candidate!), QueueHolds.Driver, token);
        }, ct);
        log.LogInformation("{Request} landed on {Target} as {Commit}", request.Id, request.Target, request.Candidate);
        await points.Reach(StepPoints.Merged, ct);
    }

    // Looked at once more, by the settings of this moment, in the transaction that lets it land.
    static async Task PassAsync(StepSession s, CancellationToken ct)
    {
        if (s.Request.State is not (MergeRequestState.Batched or MergeRequestState.Gating)) return;
        var runs = await s.Db.GateRuns.AsNoTracking().Where(r => r.MergeRequestId == s.Request.Id && r.Round == s.Request.Round).ToListAsync(ct);
        if (!GateBoard.AllPassed(GateBoard.Of(s.Rig, s.Request, runs))) return;
        if (s.Request.State == MergeRequestState.Batched) await s.Flow.RaiseAsync(s.Request, new BeginGating(), QueueHolds.Driver, ct);
        await s.Flow.RaiseAsync(s.Request, new PassGates(), QueueHolds.Driver, ct);
    }

    /// <summary>Null when the target contains the candidate.</summary>
    static async Task<NotLanded?> MoveAsync(StepOrder order, MergeRequest request, RigCopy rig, Mirror mirror, CancellationToken ct)
    {
        var (target, candidate, tip) = (request.Target, request.Candidate!, request.Tip!);
        var now = await mirror.RemoteRefAsync(Repositories.Head(target), ct) ?? throw new GitException($"the origin has no branch '{target}' any more");
        if (now == candidate) return null;
        if (now != tip)
        {
            await mirror.FetchAsync(ct);
            return await new History(mirror).IsAncestorAsync(candidate, now, ct) ? null : new($"{target} moved from {tip} to {now}");
        }
        if (rig.DefaultBranch is { } branch && branch != target) return new($"changes land on {branch} now, not on {target}");
        var push = await mirror.PushAsync(candidate, Repositories.Head(target), tip, ct);
        return push.Outcome switch
        {
            PushOutcome.Landed => null,
            PushOutcome.Stale => new($"{target} moved while {order.RequestId} was pushed: {push.Message}"),
            PushOutcome.Refused => new(push.Message, Refused: true),
            // Nothing is known; the row stays as it is and the next try looks first.
            _ => throw new GitException($"pushing {target}: {push.Message}"),
        };
    }

    static async Task ProveAsync(Mirror mirror, MergeRequest request, CancellationToken ct)
    {
        await mirror.FetchAsync(ct);
        var tip = await mirror.ResolveAsync(Repositories.Tracked(request.Target), ct);
        if (tip is null || !await new History(mirror).IsAncestorAsync(request.Candidate!, tip, ct))
            throw new GitException($"{request.Candidate} was pushed to {request.Target}, but the origin's {request.Target} ({tip ?? "gone"}) does not contain it");
    }

    async Task DeleteBranchAsync(Mirror mirror, MergeRequest request, RigCopy rig, CancellationToken ct)
    {
        if (!rig.Merge.DeleteBranches || request.WorkItemId is null) return;
        try
        {
            var deleted = await mirror.DeleteRemoteBranchAsync(request.Branch, request.Commit, ct);
            if (!deleted.Landed) log.LogInformation("{Request} landed; its branch {Branch} stays: {Why}", request.Id, request.Branch, deleted.Message);
        }
        catch (GitException e)
        {
            log.LogWarning("{Request} landed; its branch {Branch} could not be deleted: {Why}", request.Id, request.Branch, e.Message);
        }
    }

    sealed record NotLanded(string Why, bool Refused = false);
}
