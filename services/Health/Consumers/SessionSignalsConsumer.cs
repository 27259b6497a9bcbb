using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Consumers;

/// <summary>Whether a session runs and moves, as its node says.</summary>
sealed class SessionSignalsConsumer(AgentWatch watch, HealthDbContext db, IOptions<HealthOptions> options) :
    IConsumer<SessionStarted>, IConsumer<SessionExited>, IConsumer<SessionStopped>, IConsumer<SessionStartFailed>, IConsumer<CheckpointSaved>, IConsumer<NodeHeartbeat>,
    IConsumer<SupervisorStopped>
{
    public async Task Consume(ConsumeContext<SessionStarted> c)
    {
        var session = c.Message.Session;
        var row = await watch.RowAsync(session.AgentId, c.CancellationToken);
        if (session.Fence < row.Fence && session.AssignmentId == row.AssignmentId) return;
        // Its end was heard of before its beginning.
        if (row.SessionId == session.Id && !row.SessionAlive) return;
        row.StartSession(session.Id, session.NodeId, session.StartedAt ?? c.Message.Event.EmittedAt, c.Message.Event.EmittedAt);
        await watch.JudgeAsync(row, c.CancellationToken);
    }

    public Task Consume(ConsumeContext<SessionExited> c) => EndedAsync(c.Message.Session, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<SessionStopped> c) => EndedAsync(c.Message.Session, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<SessionStartFailed> c) => EndedAsync(c.Message.Session, c.Message.Event.EmittedAt, c.CancellationToken);

    public async Task Consume(ConsumeContext<CheckpointSaved> c)
    {
        var row = await watch.RowAsync(c.Message.Session.AgentId, c.CancellationToken);
        if (row.SessionId != c.Message.Session.Id || !row.SessionAlive) return;
        row.Commit(c.Message.Event.EmittedAt);
        await watch.JudgeAsync(row, c.CancellationToken);
    }

    public async Task Consume(ConsumeContext<NodeHeartbeat> c)
    {
        var (m, ct) = (c.Message, c.CancellationToken);
        await KeepAsync(m, ct);
        // Who has such a session is asked once for all of them; each is read again under its lock.
        var ids = m.Sessions.Select(s => s.SessionId).ToList();
        var known = (await db.Agents.AsNoTracking().Where(a => ids.Contains(a.SessionId!.Value)).Select(a => new { a.AgentId, a.SessionId }).ToListAsync(ct)).Select(a => (a.AgentId, a.SessionId!.Value)).ToHashSet();
        foreach (var signal in m.Sessions.Where(s => known.Contains((s.AgentId, s.SessionId))))
        {
            var row = await watch.RowAsync(signal.AgentId, ct);
            if (row.SessionId != signal.SessionId) continue;
            row.Beat(m.At, signal.LastProgressAt, signal.BusyAt, signal.Repeats, signal.RepeatsSince, options.Value.LoopRepeats);
            await watch.JudgeAsync(row, ct);
        }
    }

    public async Task Consume(ConsumeContext<SupervisorStopped> c)
    {
        if (await db.Nodes.FindAsync([c.Message.Node.NodeId], c.CancellationToken) is { } node && node.HeardAt <= c.Message.Event.EmittedAt) node.StoppedAt = c.Message.Event.EmittedAt;
    }

    async Task KeepAsync(NodeHeartbeat m, CancellationToken ct)
    {
        var node = await db.Nodes.FindAsync([m.Node.NodeId], ct);
        if (node is not null && (node.HeardAt > m.At || node.StoppedAt > m.At)) return;
        if (node is null) db.Nodes.Add(node = new NodeCopy { NodeId = m.Node.NodeId });
        (node.Snapshot, node.Live, node.HeardAt, node.StoppedAt) = (m.Node, m.Sessions.Count, m.At, null);
    }

    async Task EndedAsync(SessionSnapshot session, DateTimeOffset at, CancellationToken ct)
    {
        var row = await watch.RowAsync(session.AgentId, ct);
        if (!row.EndSession(session.Id, session.EndedAt ?? at)) return;
        await watch.JudgeAsync(row, ct);
    }
}
