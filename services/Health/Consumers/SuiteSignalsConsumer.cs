using ClaudeManage.Contracts.Suite;
using ClaudeManage.Health.Data;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>What the parts of the suite say of themselves.</summary>
sealed class SuiteSignalsConsumer(HealthDbContext db) : IConsumer<ModulePulse>, IConsumer<PatrolReport>
{
    public async Task Consume(ConsumeContext<ModulePulse> c)
    {
        var pulse = c.Message;
        var row = await db.Pulses.FindAsync([pulse.Service, pulse.Replica], c.CancellationToken);
        if (row?.HeardAt > pulse.At) return;
        if (row is null) db.Pulses.Add(row = new PulseRow { Service = pulse.Service, Replica = pulse.Replica });
        (row.Pulse, row.HeardAt) = (pulse, pulse.At);
    }
    public async Task Consume(ConsumeContext<PatrolReport> c)
    {
        var report = c.Message;
        var row = await db.Patrols.FindAsync([report.Patrol], c.CancellationToken);
        if (row?.LastAt > report.At) return;
        if (row is null) db.Patrols.Add(row = new PatrolRow { Name = report.Patrol });
        (row.LastAt, row.DurationSeconds, row.Looked, row.Missed, row.Findings, row.DueAt) = (report.At, report.DurationSeconds, report.Looked, report.Missed, report.Findings, report.DueAt);
        row.Runs++;
    }
}
