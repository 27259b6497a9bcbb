using System.Collections.Concurrent;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.Supervisor.Running;

/// <summary>The sessions this process is looking after right now.</summary>
sealed class SessionRegistry
{
    readonly ConcurrentDictionary<Guid, LiveSession> _live = new();
    readonly ConcurrentDictionary<string, SemaphoreSlim> _agents = new();

    /// <summary>Pulsed when a row waits to be looked after.</summary>
    public Wakeup Requested { get; } = new();

    /// <summary>Pulsed when a worktree is to go.</summary>
    public Wakeup Retired { get; } = new();

    /// <summary>Pulsed when one comes or goes.</summary>
    public Wakeup Changed { get; } = new();

    public IReadOnlyCollection<LiveSession> All => (IReadOnlyCollection<LiveSession>)_live.Values;

    public LiveSession? Find(Guid id) => _live.GetValueOrDefault(id);

    public void Add(LiveSession session)
    {
        _live[session.Id] = session;
        Changed.Pulse();
    }

    public void Remove(LiveSession session)
    {
        _live.TryRemove(session.Id, out _);
        session.News.Pulse();
        Changed.Pulse();
    }

    /// <summary>No effect when the session is not, or no longer, here.</summary>
    public void RequestStop(Guid id, Ending why) => Find(id)?.RequestStop(why);

    /// <summary>
    /// An agent has one worktree, so one session of it at a time, in the order of the calls: SemaphoreSlim serves those who
    /// wait asynchronously, and here nobody waits otherwise, first come first served.
    /// </summary>
    public async Task<IDisposable> TakeAgentAsync(string agentId, CancellationToken ct)
    {
        var gate = _agents.GetOrAdd(agentId, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(ct);
        return new Held(gate);
    }

    sealed class Held(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
