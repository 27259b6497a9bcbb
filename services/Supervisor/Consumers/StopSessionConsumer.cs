using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Running;
using MassTransit;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Ends the spawn the command names, and no other; at an emergency stop, whatever of its scope runs here.</summary>
sealed class StopSessionConsumer(SessionStopper stopper) : IConsumer<StopSession>, IConsumer<EmergencyStopOrdered>
{
    public Task Consume(ConsumeContext<StopSession> context)
    {
        var m = context.Message;
        return stopper.RequestAsync(
            row => row.Id == m.SessionId && row.NodeId == m.NodeId && (m.StartedAt == null || row.StartedAt == m.StartedAt),
            new Ending(m.Halt ? EndKind.Halted : m.Handoff ? EndKind.HandedOff : EndKind.Stopped, m.Reason, To: m.HandoffTo), context.CancellationToken);
    }

    public Task Consume(ConsumeContext<EmergencyStopOrdered> context)
    {
        var m = context.Message;
        var (rig, convoy) = (StopScope.RigOf(m.Scope), StopScope.ConvoyOf(m.Scope));
        return stopper.RequestAsync(row => (rig == null || row.RigId == rig) && (convoy == null || row.ConvoyId == convoy),
            new Ending(EndKind.Halted, $"Emergency stop of {m.Scope} by {m.Event.Actor}{(m.Reason is null ? "." : $": {m.Reason}")}"), context.CancellationToken);
    }
}
