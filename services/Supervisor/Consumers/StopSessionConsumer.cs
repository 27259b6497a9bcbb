using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Running;
using MassTransit;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Ends the spawn the command names, and no other.</summary>
sealed class StopSessionConsumer(SessionStopper stopper) : IConsumer<StopSession>
{
    public Task Consume(ConsumeContext<StopSession> context)
    {
        var m = context.Message;
        return stopper.RequestAsync(
            row => row.Id == m.SessionId && row.NodeId == m.NodeId && (m.StartedAt == null || row.StartedAt == m.StartedAt),
            new Ending(m.Handoff ? EndKind.HandedOff : EndKind.Stopped, m.Reason, To: m.HandoffTo), context.CancellationToken);
    }
}
