using ClaudeManage.Health.Data;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>A due look at an agent. A look that was replaced by another does nothing.</summary>
sealed class CheckAgentConsumer(HealthDbContext db, AgentWatch watch) : IConsumer<CheckAgent>
{
    public async Task Consume(ConsumeContext<CheckAgent> c)
    {
        if (await db.Agents.FindAsync([c.Message.AgentId], c.CancellationToken) is not { } row || row.CheckAt != c.Message.At) return;
        row.CheckAt = null;
        await watch.JudgeAsync(row, c.CancellationToken);
    }
}
