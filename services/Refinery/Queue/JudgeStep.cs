using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Sagas;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Queue;

/// <summary>What follows from a failed gate: the request is refused, or the target itself is red and nobody is blamed.</summary>
sealed class JudgeStep(QueueWork work, Repositories repositories)
{
    public Task RefuseAsync(StepOrder order, string gateName, CancellationToken ct) => work.WriteAsync(order, async (s, token) =>
    {
        if (await FailureAsync(s, gateName, onTarget: false, token) is not var (gate, run)) return;
        var why = Feedback.Gate(gate.Name, run.Result, run.ExitCode, gate.TimeoutSeconds, s.Request.Target, run.OutputTail);
        await s.Flow.RaiseAsync(s.Request, new Refusing(why), QueueHolds.Driver, token);
    }, ct);

    public Task StopRedAsync(StepOrder order, string gateName, CancellationToken ct) => work.WriteAsync(order, async (s, token) =>
    {
        if (await FailureAsync(s, gateName, onTarget: true, token) is not var (gate, run)) return;
        var why = $"{s.Request.Target} at {s.Request.Tip} {Feedback.Verb(run.Result, run.ExitCode, gate.TimeoutSeconds)} without any change of the queue. No request is blamed; all are kept.\n{run.OutputTail}";
        await s.Holds.StopRedAsync(s.Rig.Id, s.Request.Target, s.Request.Tip!, gate.Name, why, token);
        await s.Flow.RaiseAsync(s.Request, new Requeue(why), QueueHolds.Driver, token);
    }, ct);

    /// <summary>Lets a red queue go on when its target has moved.</summary>
    public async Task ProbeAsync(StepOrder order, CancellationToken ct)
    {
        var (_, rig, queue) = await work.ReadAsync(order, ct);
        var target = rig.DefaultBranch;
        var tip = rig.GitUrl is null || target is null ? null : await repositories.Of(rig.Id, rig.GitUrl).RemoteRefAsync(Repositories.Head(target), ct);
        await work.WriteAsync(order, async (s, token) =>
        {
            if (s.Queue.Hold != HoldKind.Red) return;
            if (tip is not null && tip != queue.RedTip) await s.Holds.ResumeAsync(rig.Id, QueueHolds.Driver, token);
            else await s.Holds.StillRedAsync(rig.Id, token);
        }, ct);
    }

    static async Task<(GateDefinition Gate, GateRun Run)?> FailureAsync(StepSession s, string gateName, bool onTarget, CancellationToken ct)
    {
        var runs = await s.Db.GateRuns.AsNoTracking().Where(r => r.MergeRequestId == s.Request.Id && r.Round == s.Request.Round).ToListAsync(ct);
        return s.Rig.Gates.FirstOrDefault(g => g.Name == gateName) is { } gate && GateBoard.Newest(s.Rig, s.Request, runs, gate, onTarget) is { } run && run.Result != GateResult.Passed
            ? (gate, run) : null;
    }
}
