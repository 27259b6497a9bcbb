using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Supervisor.Running;

/// <summary>Reads and changes sessions from outside a request: each call is a transaction of its own.</summary>
sealed class SessionStore(IServiceScopeFactory scopes, NodeState node, TimeProvider clock)
{
    static readonly Caller Self = Caller.System("supervisor");

    /// <summary>Changes a session and publishes what the change is, together.</summary>
    /// <param name="change">May run again after a conflict, so it has no other effect. What it returns is published.</param>
    public async Task<SessionRow> ChangeAsync(Guid id, Func<SessionRow, IRunEvent?> change, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SupervisorDbContext>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<SupervisorDbContext>>();
        return await db.TransactAsync(async token =>
        {
            var row = await db.Sessions.SingleAsync(x => x.Id == id, token);
            if (change(row) is { } fact) await outbox.PublishAsync((object)fact, token);
            return row;
        }, ct);
    }

    public Task ChangeAsync(Guid id, Action<SessionRow> change, CancellationToken ct) => ChangeAsync(id, row =>
    {
        change(row);
        row.Version++;
        return null;
    }, ct);

    /// <summary>The header of an event about a session.</summary>
    public RunEvent Header(SessionRow row, string type) => Self.Event(type, clock.Now(), row.WorkItemId, row.RigId, row.ConvoyId);

    /// <summary>The event that goes with the state a session has come to.</summary>
    /// <param name="fault">Of a failed start.</param>
    public IRunEvent EndOf(SessionRow row, StartFault fault) => row.State switch
    {
        SessionState.Exited => new SessionExited(Header(row, SessionExited.Type), row.ToSnapshot()),
        SessionState.StartFailed => new SessionStartFailed(Header(row, SessionStartFailed.Type), row.ToSnapshot(), fault),
        _ => new SessionStopped(Header(row, SessionStopped.Type), row.ToSnapshot()),
    };

    public async Task PublishAsync(object message, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SupervisorDbContext>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<SupervisorDbContext>>();
        await db.TransactAsync(token => outbox.PublishAsync(message, token), ct);
    }

    /// <summary>This node's sessions that are not over, oldest first.</summary>
    public Task<List<SessionRow>> OpenAsync(CancellationToken ct) => ReadAsync(db => db.Sessions.AsNoTracking()
        // Named one by one: "not over" would read the whole past.
        .Where(x => x.NodeId == node.Id && (x.Phase == SessionPhase.Requested || x.Phase == SessionPhase.Preparing || x.Phase == SessionPhase.Running || x.Phase == SessionPhase.Reporting))
        .OrderBy(x => x.Number).ToListAsync(ct));

    public Task<SessionRow> GetAsync(Guid id, CancellationToken ct) => ReadAsync(db => db.Sessions.AsNoTracking().SingleAsync(x => x.Id == id, ct));

    public Task<RigSnapshot?> RigAsync(string id, CancellationToken ct) =>
        ReadAsync(async db => (await db.Rigs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct))?.Rig);

    /// <summary>Keeps what the town says of a rig, if it is newer.</summary>
    public async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SupervisorDbContext>();
        await db.TransactAsync(token => db.KeepAsync(rig, token), ct);
    }

    public Task<bool> IsDrainingAsync(CancellationToken ct) => ReadAsync(db => db.Nodes.AnyAsync(x => x.Id == node.Id && x.Draining, ct));

    /// <summary>Agents whose worktrees are still to go.</summary>
    public Task<List<RetiredAgentRow>> RetiredAsync(CancellationToken ct) => ReadAsync(db => db.RetiredAgents.AsNoTracking().ToListAsync(ct));

    public async Task ForgetRetiredAsync(string agentId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SupervisorDbContext>();
        await db.TransactAsync(token => db.RetiredAgents.Where(x => x.AgentId == agentId).ExecuteDeleteAsync(token), ct);
    }

    async Task<T> ReadAsync<T>(Func<SupervisorDbContext, Task<T>> read)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await read(scope.ServiceProvider.GetRequiredService<SupervisorDbContext>());
    }
}
