using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Bench;

/// <summary>claim → renew → done by eight agents on the pool of one rig, however the town is run.</summary>
sealed class LeaseWork : IDisposable
{
    /// <summary>Agents, each beginning the next cycle when the last has ended.</summary>
    public const int Clients = 8;

    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    static readonly TimeSpan EmptyWarmUp = TimeSpan.FromSeconds(2);
    static readonly TimeSpan EmptyMeasured = TimeSpan.FromSeconds(4);

    readonly string _rig;
    readonly List<TownClient> _workers = [];
    int _left;
    int _done;

    LeaseWork(string rig) => _rig = rig;

    /// <summary>Cycles that were acknowledged to the end, warm-up included.</summary>
    public int Done => _done;

    /// <summary>A new rig with <paramref name="items"/> queued beyond those of the warm-up, agents with tokens, and the warm-up done.</summary>
    public static async Task<LeaseWork> PrepareAsync(TownClient town, string rig, int warm, int items, CancellationToken ct)
    {
        await Setup.RigWithQueuedItemsAsync(town, rig, warm + items, ct);
        var work = new LeaseWork(rig);
        work._workers.AddRange(await Setup.AgentsAsync(town, rig, Clients, ct));
        await work.RunAsync(warm, WarmUp, ct);
        return work;
    }

    /// <summary>Cycles per second over so many items, or for so long.</summary>
    public Task<double> RunAsync(int items, TimeSpan longest, CancellationToken ct)
    {
        _left = items;
        return Stats.RateAsync(Clients, CycleAsync, longest, ct);
    }

    /// <summary>Requests per second of an endpoint that does nothing, asked by the same agents.</summary>
    public async Task<double> EmptyRequestsPerSecondAsync(Func<TownClient, CancellationToken, Task> empty, CancellationToken ct)
    {
        await Stats.RateAsync(Clients, AskAsync, EmptyWarmUp, ct);
        return await Stats.RateAsync(Clients, AskAsync, EmptyMeasured, ct);

        async Task<bool> AskAsync(int client, CancellationToken token)
        {
            await empty(_workers[client], token);
            return true;
        }
    }

    async Task<bool> CycleAsync(int client, CancellationToken ct)
    {
        if (Interlocked.Decrement(ref _left) < 0) return false;
        var worker = _workers[client];
        if (await worker.Claim($"{_rig}/pool").SendAsync(ct) is not { } claim) return false;
        await worker.Renew(claim.Lease.Token).SendAsync(ct);
        await worker.Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed, "measured")).SendAsync(ct);
        Interlocked.Increment(ref _done);
        return true;
    }

    public void Dispose()
    {
        foreach (var worker in _workers) worker.Dispose();
    }
}
