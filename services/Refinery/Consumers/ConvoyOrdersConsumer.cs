using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Together;
using MassTransit;

namespace ClaudeManage.Refinery.Consumers;

/// <summary>What a convoy whose requests land together says: which they are, and when.</summary>
sealed class ConvoyOrdersConsumer(LandingDesk desk) : IConsumer<HoldMerges>, IConsumer<LandTogether>
{
    public Task Consume(ConsumeContext<HoldMerges> c) => desk.HoldAsync(c.Message, c.CancellationToken);

    public Task Consume(ConsumeContext<LandTogether> c) => desk.OrderAsync(c.Message, c.CancellationToken);
}
