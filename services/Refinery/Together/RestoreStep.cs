using ClaudeManage.Git;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Together;

/// <summary>Takes back by one revert commit what a convoy landed in a rig, because another rig did not take its part. Looks at the origin before it acts.</summary>
sealed class RestoreStep(QueueWork work, Repositories repositories, StepPoints points, TimeProvider clock, IOptions<RefineryOptions> options, ILogger<RestoreStep> log)
{
    public async Task RunAsync(StepOrder order, string convoyId, CancellationToken ct)
    {
        (ConvoyLanding Landing, LandingPart Part)? found = null;
        RigCopy? rig = null;
        await work.WriteAsync(order, async (s, token) =>
        {
            rig = s.Rig;
            found = await s.Db.Landings.AsNoTracking().SingleOrDefaultAsync(l => l.ConvoyId == convoyId && l.Phase == LandingPhase.Undoing, token) is { } l
                && await s.Db.LandingParts.AsNoTracking().SingleOrDefaultAsync(p => p.ConvoyId == convoyId && p.RigId == order.RigId, token) is { State: PartState.Moving or PartState.Moved } p ? (l, p) : null;
        }, ct);
        if (found is not var (landing, part)) return;

        var mirror = repositories.Of(rig!.Id, rig.GitUrl ?? throw new GitException($"the rig {rig.Id} has no repository any more"));
        await mirror.EnsureAsync(ct);
        await mirror.FetchAsync(ct);
        var tip = await mirror.ResolveAsync(Repositories.Tracked(part.Target!), ct) ?? throw new GitException($"the origin has no branch '{part.Target}' any more");
        var (revert, push, stuck) = await SeeAsync(mirror, landing, part, tip, ct);
        if (push)
        {
            await work.WriteAsync(order, (s, token) => s.Together.NoteRevertAsync(convoyId, order.RigId, revert!, token), ct);
            await points.Reach(StepPoints.RevertRecorded, ct);
            if (await Targets.MoveAsync(mirror, part.Target!, tip, revert!, null, ct) is { } no)
            {
                if (!no.Refused) throw new StepOutdatedException();      // somebody pushed: see again
                await work.WriteAsync(order, (s, token) => s.Holds.TroubleAsync(order.RigId, HoldKind.Refused, no.Why, order.RequestId, token), ct);
                return;
            }
            await points.Reach(StepPoints.Reverted, ct);
            await Targets.ProveAsync(mirror, part.Target!, revert!, ct);
        }
        await work.WriteAsync(order, async (s, token) =>
        {
            await s.Holds.WorkedAsync(order.RigId, token, HoldKind.Origin, HoldKind.Refused);
            await s.Together.RestoredAsync(convoyId, order.RigId, revert, stuck, token);
        }, ct);
        log.LogWarning("{Convoy} was taken back in {Rig}: {Revert}{Stuck}", convoyId, order.RigId, revert ?? "nothing had moved", stuck);
        await points.Reach(StepPoints.Restored, ct);
    }

    /// <summary>The commit that takes it back, in the origin already or to be pushed onto the tip; null when there is nothing to take back or only a person can.</summary>
    async Task<(string? Revert, bool Push, string? Stuck)> SeeAsync(Mirror mirror, ConvoyLanding landing, LandingPart part, string tip, CancellationToken ct)
    {
        var history = new History(mirror);
        if (!await history.IsAncestorAsync(part.After!, tip, ct)) return (null, false, null);
        if (part.Revert is { } noted && await mirror.ResolveAsync(noted, ct) is not null)
        {
            if (await history.IsAncestorAsync(noted, tip, ct)) return (noted, false, null);
            if ((await history.CommitAsync(noted, ct)).Parents[0] == tip) return (noted, true, null);
        }
        var message = $"Revert the landing of {landing.ConvoyId}\n\n{landing.Reason}\n\nThis reverts the commits after {part.Before} up to {part.After}.\n\nConvoy: {landing.ConvoyId}\n";
        var committer = new GitIdentity(options.Value.CommitterName, options.Value.CommitterEmail);
        var undone = await new MergeBuilder(mirror).RevertAsync(tip, part.After!, message, committer, clock.Now(), ct, since: part.Before);
        if (undone.Conflict is { } conflict) return (null, false, $"{part.Target} has changed since in {string.Join(", ", conflict.ConflictFiles.Take(20))}.");
        return undone.Commit == tip ? (null, false, null) : (undone.Commit, true, null);
    }
}
