using ClaudeManage.Health.Running;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>The deacon's due round; on an endpoint of its own, so that nothing else can hold it up.</summary>
sealed class DeaconDueConsumer(Deacon deacon) : IConsumer<DeaconDue>
{
    public Task Consume(ConsumeContext<DeaconDue> c) => deacon.RoundAsync(c.Message.Chain, c.CancellationToken);
}
