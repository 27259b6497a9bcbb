using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Consumers;

/// <summary>A due look of a rig's witness at an agent. A look that was replaced by another does nothing.</summary>
sealed class CheckAgentConsumer(HealthDbContext db, AgentWatch watch, PatrolLog patrols) : IConsumer<CheckAgent>
{
    public async Task Consume(ConsumeContext<CheckAgent> c)
    {
        if (!await db.Agents.AnyAsync(a => a.AgentId == c.Message.AgentId, c.CancellationToken)) return;
        var run = patrols.Begin();
        var row = await watch.RowAsync(c.Message.AgentId, c.CancellationToken);
        if (row.CheckAt != c.Message.At) return;
        row.CheckAt = null;
        await watch.JudgeAsync(row, c.CancellationToken);
        await patrols.EndAsync(run, row.RigId is { } rig ? $"{rig}/witness" : "deacon/agents", [row.AgentId], [], [], null, c.CancellationToken);
    }
}
