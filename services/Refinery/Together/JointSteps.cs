using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;

namespace ClaudeManage.Refinery.Together;

/// <summary>The steps of requests that land together with their convoy.</summary>
sealed class JointSteps(QueueWork work, ChainStep chain, MoveStep move, RestoreStep restore)
{
    public Task RunAsync(Step step, StepOrder order, CancellationToken ct) => step switch
    {
        CheckChain check => chain.RunAsync(order, check.ConvoyId, check.Candidates, ct),
        MoveTarget target => move.RunAsync(order, target.ConvoyId, ct),
        RestoreTarget target => restore.RunAsync(order, target.ConvoyId, ct),
        Release => work.WriteAsync(order, (s, token) => s.Flow.RaiseAsync(s.Request, new Requeue("its convoy does not hold it any more"), QueueHolds.Driver, token), ct),
        _ => throw new InvalidOperationException($"Nobody carries out {step}."),
    };
}
