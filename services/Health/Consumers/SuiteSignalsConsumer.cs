using ClaudeManage.Contracts.Suite;
using ClaudeManage.Health.Data;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>What the parts of the suite say of themselves.</summary>
sealed class SuiteSignalsConsumer(HealthDbContext db) : IConsumer<ModulePulse>
{
    public async Task Consume(ConsumeContext<ModulePulse> c)
    {
        var pulse = c.Message;
        var row = await db.Pulses.FindAsync([pulse.Service, pulse.Replica], c.CancellationToken);
        if (row?.HeardAt > pulse.At) return;
        if (row is null) db.Pulses.Add(row = new PulseRow { Service = pulse.Service, Replica = pulse.Replica });
        (row.Pulse, row.HeardAt) = (pulse, pulse.At);
    }
}
