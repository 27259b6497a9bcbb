using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Running;
using ClaudeManage.ServiceDefaults.Auth;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>Incidents of patrols and services, and those that nobody has looked at in time.</summary>
sealed class RaiseIncidentConsumer(IncidentDesk desk) : IConsumer<RaiseIncident>, IConsumer<EscalationDue>
{
    public Task Consume(ConsumeContext<RaiseIncident> c) => desk.RaiseAsync(c.Message, Caller.System("health"), c.CancellationToken);

    public Task Consume(ConsumeContext<EscalationDue> c) => desk.EscalateAsync(c.Message, c.CancellationToken);
}
