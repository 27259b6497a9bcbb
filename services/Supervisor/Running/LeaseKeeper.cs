using System.Collections.Concurrent;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Town;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// Renews the leases of all sessions of this node together, every third of the shortest time to live. It only talks to
/// the town and sets flags: no session, however it behaves, can make another lose its lease.
/// </summary>
sealed class LeaseKeeper(ITownCalls town, TimeProvider clock, ILogger<LeaseKeeper> log) : BackgroundService
{
    const int BatchSize = 100;
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    readonly ConcurrentDictionary<Guid, Held> _held = new();
    readonly Wakeup _changed = new();

    /// <summary>From now on its lease is renewed, until it is let go or refused.</summary>
    /// <param name="timeToLive">Known from the rig; else from the lease as it was granted just now.</param>
    /// <param name="atOnce">Nobody knows when it was renewed last.</param>
    public void Hold(LiveSession session, Lease lease, TimeSpan? timeToLive = null, bool atOnce = false)
    {
        var life = timeToLive ?? lease.Until - clock.GetUtcNow();
        var every = life < Shortest * 3 ? Shortest : life / 3;
        _held[session.Id] = new Held(session, lease.Token, every) { RenewedAt = atOnce ? null : clock.GetTimestamp() };
        _changed.Pulse();
    }

    public void LetGo(Guid sessionId) => _held.TryRemove(sessionId, out _);

    /// <summary>Renews one lease at once: nothing is started under a lease that is gone already.</summary>
    public async Task<bool> RenewNowAsync(string token, CancellationToken ct) => await AskAsync([token], ct) is [{ Refused: null }];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var mark = _changed.Next;
            try
            {
                var wait = _held.IsEmpty ? Timeout.InfiniteTimeSpan : _held.Values.Min(h => h.RenewedAt is { } at ? h.Every - clock.GetElapsedTime(at) : TimeSpan.Zero);
                if (wait == Timeout.InfiniteTimeSpan || wait > TimeSpan.Zero)
                {
                    await Wakeup.WaitAsync(mark, wait, clock, stoppingToken);
                    continue;
                }
                // The others come along: one call, and all are due together from then on.
                foreach (var batch in _held.Values.Chunk(BatchSize)) await RenewAsync(batch, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogWarning("Leases could not be renewed, trying again: {Reason}", e.Message);
                await Task.Delay(Retry, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task RenewAsync(Held[] batch, CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        var answers = await AskAsync([.. batch.Select(h => h.Token)], ct);
        foreach (var (held, answer) in batch.Zip(answers))
        {
            if (answer.Refused is null) held.RenewedAt = asked;
            else if (_held.TryRemove(KeyValuePair.Create(held.Session.Id, held)))
            {
                log.LogWarning("The lease of session {Session} on {Item} is lost: {Reason}", held.Session.Id, held.Session.WorkItemId, answer.Refused);
                held.Session.LoseLease(answer.Refused);
            }
        }
    }

    async Task<IReadOnlyList<RenewResult>> AskAsync(string[] tokens, CancellationToken ct)
    {
        try { return await town.RenewAsync(tokens, ct); }
        // A town that refuses the request as a whole means every lease in it; asked one by one that is certain.
        catch (TownRefusedException e) when (e.Status == 409 && tokens.Length == 1) { return [new RenewResult(0, null, e.Code)]; }
        catch (TownRefusedException e) when (e.Status == 409)
        {
            var answers = new List<RenewResult>();
            foreach (var token in tokens) answers.AddRange(await AskAsync([token], ct));
            return answers;
        }
    }

    sealed class Held(LiveSession session, string token, TimeSpan every)
    {
        public LiveSession Session => session;

        public string Token => token;

        public TimeSpan Every => every;

        /// <summary>Null: due now.</summary>
        public long? RenewedAt { get; set; }
    }
}
