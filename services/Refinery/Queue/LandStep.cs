using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
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
sealed class LandStep(QueueWork work, Repositories repositories, Branches branches, StepPoints points, ILogger<LandStep> log)
{
    public async Task RunAsync(StepOrder order, CancellationToken ct)
    {
        await work.WriteAsync(order, PassAsync, ct);
        var (request, rig, _) = await work.ReadAsync(order, ct);
        if (request.State != MergeRequestState.Landing) return;
        await points.Reach(StepPoints.LandingRecorded, ct);

        var mirror = repositories.Of(rig.Id, rig.GitUrl ?? throw new GitException($"the rig {rig.Id} has no repository any more"));
        await mirror.EnsureAsync(ct);
        if (await MoveAsync(request, rig, mirror, ct) is { } notLanded)
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
        await Targets.ProveAsync(mirror, request.Target, request.Candidate!, ct);
        await branches.DeleteAsync([(request, rig)], ct);
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
        var runs = await GateBoard.RunsAsync(s.Db, [s.Request], ct);
        if (!GateBoard.AllPassed(GateBoard.Of(s.Rig, s.Request, runs))) return;
        if (s.Request.State == MergeRequestState.Batched) await s.Flow.RaiseAsync(s.Request, new BeginGating(), QueueHolds.Driver, ct);
        if (s.Request.LandsWith is null && !await s.Db.HeldItems.AnyAsync(h => h.ItemId == s.Request.WorkItemId, ct)) await s.Flow.RaiseAsync(s.Request, new PassGates(), QueueHolds.Driver, ct);
        else if (s.Request.Strategy == MergeStrategy.Squash) await s.Flow.RaiseAsync(s.Request, new HoldForConvoy(), QueueHolds.Driver, ct);
        else
        {
            // Only what is one commit can be taken back and landed again: git would take a merge for landed already.
            s.Request.Strategy = MergeStrategy.Squash;
            await s.Flow.RaiseAsync(s.Request, new Requeue("it lands with its convoy, as one commit"), QueueHolds.Driver, ct);
        }
    }

    static Task<NotMoved?> MoveAsync(MergeRequest request, RigCopy rig, Mirror mirror, CancellationToken ct) => Targets.MoveAsync(mirror, request.Target, request.Tip!, request.Candidate!,
        rig.DefaultBranch is { } branch && branch != request.Target ? $"changes land on {branch} now, not on {request.Target}" : null, ct);
}
