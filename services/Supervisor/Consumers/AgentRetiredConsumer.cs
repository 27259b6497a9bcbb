using ClaudeManage.Contracts.Hook;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Running;
using MassTransit;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Writes down whose worktree is not needed any more.</summary>
sealed class AgentRetiredConsumer(SupervisorDbContext db, SessionRegistry registry) : IConsumer<AgentRetired>
{
    public async Task Consume(ConsumeContext<AgentRetired> context)
    {
        var agent = context.Message.Agent;
        if (agent.RigId is not { } rig || await db.RetiredAgents.FindAsync([agent.Id], context.CancellationToken) is not null) return;
        db.RetiredAgents.Add(new RetiredAgentRow { AgentId = agent.Id, RigId = rig });
        db.AfterCommit(registry.Retired.Pulse);
    }
}
