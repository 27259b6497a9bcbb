using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Health.Data;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Consumers;

/// <summary>Whether a session runs and moves, as its node says.</summary>
sealed class SessionSignalsConsumer(AgentWatch watch, HealthDbContext db) :
    IConsumer<SessionStarted>, IConsumer<SessionExited>, IConsumer<SessionStopped>, IConsumer<SessionStartFailed>, IConsumer<NodeHeartbeat>
{
    public async Task Consume(ConsumeContext<SessionStarted> c)
    {
        var session = c.Message.Session;
        var row = await watch.RowAsync(session.AgentId, c.CancellationToken);
        if (session.Fence < row.Fence && session.AssignmentId == row.AssignmentId) return;
        row.SessionId = session.Id;
        row.SessionAlive = true;
        row.SessionAt = session.StartedAt ?? c.Message.Event.EmittedAt;
        row.NodeId = session.NodeId;
        row.NodeAt = c.Message.Event.EmittedAt;
        row.ProgressAt = null;
        await watch.JudgeAsync(row, c.CancellationToken);
    }

    public Task Consume(ConsumeContext<SessionExited> c) => EndedAsync(c.Message.Session, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<SessionStopped> c) => EndedAsync(c.Message.Session, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<SessionStartFailed> c) => EndedAsync(c.Message.Session, c.Message.Event.EmittedAt, c.CancellationToken);

    public async Task Consume(ConsumeContext<NodeHeartbeat> c)
    {
        foreach (var signal in c.Message.Sessions)
        {
            if (!await db.Agents.AnyAsync(a => a.AgentId == signal.AgentId && a.SessionId == signal.SessionId, c.CancellationToken)) continue;
            var row = await watch.RowAsync(signal.AgentId, c.CancellationToken);
            if (row.SessionId != signal.SessionId) continue;
            if (row.NodeAt is null || c.Message.At > row.NodeAt) row.NodeAt = c.Message.At;
            if (signal.LastProgressAt is { } progress && (row.ProgressAt is null || progress > row.ProgressAt)) row.ProgressAt = progress;
            await watch.JudgeAsync(row, c.CancellationToken);
        }
    }

    async Task EndedAsync(SessionSnapshot session, DateTimeOffset at, CancellationToken ct)
    {
        var row = await watch.RowAsync(session.AgentId, ct);
        if (row.SessionId is { } current && current != session.Id) return;
        row.SessionId = session.Id;
        row.SessionAlive = false;
        row.SessionAt = session.EndedAt ?? at;
        await watch.JudgeAsync(row, ct);
    }
}
