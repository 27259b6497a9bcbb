using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Running;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Speaks to the spawn the command names, and to no other.</summary>
sealed class NudgeSessionConsumer(SupervisorDbContext db, Nudges nudges, NodeState node) : IConsumer<NudgeSession>
{
    public async Task Consume(ConsumeContext<NudgeSession> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        if (m.NodeId != node.Id || await db.Sessions.SingleOrDefaultAsync(s => s.Id == m.SessionId && s.NodeId == m.NodeId, ct) is not { } row) return;
        await nudges.SayAsync(row, m.StartedAt, m.NudgeId, m.Kind, m.Text, m.RequestedBy, ct);
    }
}
