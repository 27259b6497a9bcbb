using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Running;
using MassTransit;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Ends the spawn the command names, and no other.</summary>
sealed class StopSessionConsumer(SessionStopper stopper) : IConsumer<StopSession>
{
    public Task Consume(ConsumeContext<StopSession> context) => stopper.RequestAsync(
        row => row.Id == context.Message.SessionId && row.NodeId == context.Message.NodeId,
        new Ending(context.Message.Handoff ? EndKind.HandedOff : EndKind.Stopped, context.Message.Reason), context.CancellationToken);
}
