using ClaudeManage.Git;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Refinery.Together;

/// <summary>
/// Moves one rig's target when it is its turn in a convoy's landing. What is about to be pushed stands in the row before,
/// and after a crash the origin is looked at first; so it is moved once, however often the step is begun.
/// </summary>
sealed class MoveStep(QueueWork work, Repositories repositories, Branches branches, StepPoints points, TimeProvider clock, ILogger<MoveStep> log)
{
    public async Task RunAsync(StepOrder order, string convoyId, CancellationToken ct)
    {
        (ConvoyLanding Landing, LandingPart Part, bool Last)? turn = null;
        await work.WriteAsync(order, async (s, token) => turn = await s.Together.BeginMoveAsync(convoyId, order.RigId, token), ct);
        if (turn is not var (landing, part, last)) return;
        await points.Reach(StepPoints.MoveRecorded, ct);

        var (_, rig, _) = await work.ReadAsync(order, ct);
        var (notMoved, unknown) = await TryAsync(rig, landing, part, ct);
        if (notMoved is not null)
        {
            log.LogWarning("{Convoy} does not land in {Rig}: {Why}", convoyId, order.RigId, notMoved.Why);
            await work.WriteAsync(order, (s, token) => s.Together.NotMovedAsync(convoyId, order.RigId, notMoved.Why, unknown, notMoved.Refused, token), ct);
            return;
        }
        await points.Reach(StepPoints.TargetMoved, ct);
        if (last) await branches.DeleteAsync(await work.LandingWithAsync(convoyId, ct), ct);
        await work.WriteAsync(order, async (s, token) =>
        {
            await s.Holds.WorkedAsync(order.RigId, token, HoldKind.Origin, HoldKind.Refused);
            await s.Together.MovedAsync(convoyId, order.RigId, token);
        }, ct);
        log.LogInformation("{Convoy} landed in {Rig} as {Commit}", convoyId, order.RigId, part.After);
        await points.Reach(StepPoints.MoveProved, ct);
    }

    async Task<(NotMoved? NotMoved, bool Unknown)> TryAsync(RigCopy rig, ConvoyLanding landing, LandingPart part, CancellationToken ct)
    {
        try
        {
            var mirror = repositories.Of(rig.Id, rig.GitUrl ?? throw new GitException($"the rig {rig.Id} has no repository any more"));
            await mirror.EnsureAsync(ct);
            if (await Targets.MoveAsync(mirror, part.Target!, part.Before!, part.After!, null, ct) is { } no) return (no, false);
            await Targets.ProveAsync(mirror, part.Target!, part.After!, ct);
            return (null, false);
        }
        // The others are not left half landed for as long as this origin is away.
        catch (GitException e) when (clock.Now() >= landing.MoveBy)
        {
            return (new($"{e.Message} (not heard of until {landing.MoveBy:u})", Refused: true), true);
        }
    }
}
