using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Hook.Data;
using MassTransit;

namespace ClaudeManage.Hook.Consumers;

/// <summary>Which nodes there are, and how much room they offer.</summary>
sealed class NodeFactsConsumer(HookDbContext db, HookSignals signals) : IConsumer<SupervisorStarted>, IConsumer<SupervisorStopped>, IConsumer<NodeHeartbeat>
{
    public Task Consume(ConsumeContext<SupervisorStarted> c) => SeenAsync(c.Message.Node, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<NodeHeartbeat> c) => SeenAsync(c.Message.Node, c.Message.At, c.CancellationToken);

    public async Task Consume(ConsumeContext<SupervisorStopped> c)
    {
        if (await db.Nodes.FindAsync([c.Message.Node.NodeId], c.CancellationToken) is not { } row || row.LastSeenAt > c.Message.Event.EmittedAt) return;
        row.StoppedAt = c.Message.Event.EmittedAt;
    }

    async Task SeenAsync(NodeSnapshot node, DateTimeOffset at, CancellationToken ct)
    {
        var row = await db.Nodes.FindAsync([node.NodeId], ct);
        if (row is not null && (row.LastSeenAt > at || row.StoppedAt > at)) return;
        var offers = row is null || row.StoppedAt is not null || row.Snapshot.Slots != node.Slots || row.Snapshot.Draining != node.Draining || !row.Snapshot.Rigs.SequenceEqual(node.Rigs);
        if (row is null) db.Nodes.Add(row = new NodeRow { NodeId = node.NodeId });
        // After a silence its slots count again.
        if (offers || at - row.LastSeenAt > TimeSpan.FromSeconds(60)) db.AfterCommit(signals.Scheduler.Pulse);
        row.Snapshot = node;
        row.LastSeenAt = at;
        row.StoppedAt = null;
    }
}
