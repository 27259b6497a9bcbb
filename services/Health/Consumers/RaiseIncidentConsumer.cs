using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Health.Data;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Consumers;

/// <summary>One incident per cause, with a count: a flood of the same complaint stays one line.</summary>
sealed class RaiseIncidentConsumer(HealthDbContext db, IOutbox<HealthDbContext> outbox, TimeProvider clock) : IConsumer<RaiseIncident>
{
    public async Task Consume(ConsumeContext<RaiseIncident> c)
    {
        var (m, now, ct) = (c.Message, clock.Now(), c.CancellationToken);
        if (await db.Incidents.SingleOrDefaultAsync(i => i.Cause == m.Cause && i.State != "closed", ct) is { } known)
        {
            known.Count++;
            known.LastAt = now;
            known.Why = m.Why;
            return;
        }
        var row = new IncidentRow
        {
            Id = Ids.Ordered(now),
            Cause = m.Cause,
            Severity = m.Severity,
            State = "open",
            Source = m.Source,
            What = m.What,
            Why = m.Why,
            SuggestedActions = m.SuggestedActions,
            RigId = m.RigId,
            WorkItemId = m.WorkItemId,
            AgentId = m.AgentId,
            Count = 1,
            RaisedAt = now,
            LastAt = now,
        };
        db.Incidents.Add(row);
        HealthTelemetry.Raised(db, row.Severity);
        await outbox.PublishAsync(new IncidentRaised(Caller.System("health").Event(IncidentRaised.Type, now, m.WorkItemId, m.RigId), row.Snapshot()), ct);
    }
}
