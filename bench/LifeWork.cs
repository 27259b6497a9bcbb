using System.Collections.Concurrent;
using System.Diagnostics;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Bench;

/// <summary>How many lives ended in the measured time, and how long each took.</summary>
sealed record Lives(double PerSecond, int Count, IReadOnlyList<double> Milliseconds);

/// <summary>create → sling → claim → done → closed seen on the event stream, by several agents on the pool of one rig.</summary>
sealed class LifeWork : IAsyncDisposable
{
    /// <summary>Lives under way at once: enough that the machine is busy while each of them waits for events.</summary>
    public const int Clients = 16;

    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly TownClient _town;
    readonly string _rig;
    readonly IReadOnlyList<TownClient> _agents;
    readonly ClosedWatch _closed;

    LifeWork(TownClient town, string rig, IReadOnlyList<TownClient> agents, CancellationToken ct) =>
        (_town, _rig, _agents, _closed) = (town, rig, agents, ClosedWatch.FromBeginning(town, rig, ct));

    /// <summary>A new rig, agents with tokens, and the warm-up done.</summary>
    public static async Task<LifeWork> PrepareAsync(TownClient town, string rig, CancellationToken ct)
    {
        await Setup.RigWithItemsAsync(town, rig, 0, ct);
        await Setup.QuietAsync(town, ct);
        var work = new LifeWork(town, rig, await Setup.AgentsAsync(town, rig, Clients, ct), ct);
        await work.RunAsync(WarmUp, ct);
        await Setup.QuietAsync(town, ct);
        return work;
    }

    /// <summary>Begins no life after <paramref name="duration"/>; those under way are ended and counted.</summary>
    public async Task<Lives> RunAsync(TimeSpan duration, CancellationToken ct)
    {
        var times = new ConcurrentBag<double>();
        var rate = await Stats.RateAsync(Clients, LiveAsync, duration, ct);
        return new Lives(rate, times.Count, [.. times]);

        async Task<bool> LiveAsync(int client, CancellationToken token)
        {
            var began = Stopwatch.GetTimestamp();
            var item = await _town.CreateWorkItem(new CreateWorkItem(_rig, "One life")).SendAsync(token);
            await _town.Sling($"{_rig}/pool", new SlingRequest(item.Id)).SendAsync(token);
            // Perhaps not the same item; but as many are queued as are asked for.
            var claim = await _agents[client].Claim($"{_rig}/pool", TimeSpan.FromSeconds(30)).SendAsync(token)
                ?? throw new InvalidOperationException($"{item.Id} is on the hook, but for 30 s there was nothing to claim.");
            await _agents[client].Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed, "measured")).SendAsync(token);
            await _closed.SeenAsync(claim.WorkItem.Id, Patience, token);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.DisposeAsync();
        foreach (var agent in _agents) agent.Dispose();
    }
}
