using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Running;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Writes down what this node shall run; the worker does it.</summary>
sealed class StartSessionConsumer(
    SupervisorDbContext db, IOutbox<SupervisorDbContext> outbox, SessionStore store, SessionRegistry registry, NodeState node, IOptions<SupervisorOptions> options, TimeProvider clock)
    : IConsumer<StartSession>
{
    public async Task Consume(ConsumeContext<StartSession> context)
    {
        var (command, ct) = (context.Message, context.CancellationToken);
        if (command.NodeId != node.Id || !options.Value.Enabled) return;
        if (await db.Sessions.AnyAsync(x => x.Id == command.SessionId, ct)) return;
        var now = clock.Now();
        var row = new SessionRow
        {
            Id = command.SessionId,
            NodeId = node.Id,
            AssignmentId = command.AssignmentId,
            AgentId = command.AgentId,
            RigId = command.RigId,
            WorkItemId = command.WorkItemId,
            RequestedBy = command.RequestedBy,
            State = SessionState.Preparing,
            Phase = SessionPhase.Requested,
            CreatedAt = now,
            TraceParent = TraceContext.Current,
        };
        db.Sessions.Add(row);
        if (No(command) is { } reason)
        {
            row.Go(SessionPhase.Over, SessionState.StartFailed);
            (row.Reason, row.EndedAt) = (reason, now);
            await outbox.PublishAsync((SessionStartFailed)store.EndOf(row, node.Draining ? StartFault.Town : StartFault.Rig), ct);
            return;
        }
        db.AfterCommit(registry.Requested.Pulse);
    }

    string? No(StartSession command) =>
        node.Draining ? $"The node {node.Id} takes no new sessions."
        : !ActorAddress.IsValid(command.AgentId) || ActorAddress.RigOf(command.AgentId) is { } rig && rig != command.RigId ? $"'{command.AgentId}' is no agent of the rig {command.RigId}."
        : !ActorAddress.IsPart(command.RigId) ? $"'{command.RigId}' is no rig."
        : !Ids.IsWorkItem(command.WorkItemId) ? $"'{command.WorkItemId}' is no work item."
        : null;
}
