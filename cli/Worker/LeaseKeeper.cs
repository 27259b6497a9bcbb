using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Worker;

/// <summary>
/// Renews a lease every third of its time, and at once when the town says that it was taken back (an emergency stop waits for nobody). Ends when the
/// lease is lost, or could not be renewed before it ran out.
/// </summary>
sealed class LeaseKeeper(TownClient town, Lease lease, string workItemId, TimeProvider clock)
{
    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);
    static readonly string[] Endings = ["lease.released", "lease.expired", "assignment.released"];

    readonly SemaphoreSlim _news = new(0);

    /// <summary>Ends with the reason why the lease is gone; cancelled when it is no longer needed.</summary>
    public async Task<string> KeepAsync(CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var hearing = HearAsync(over.Token);
        try { return await RenewAsync(ct); }
        finally
        {
            await over.CancelAsync();
            await hearing;
        }
    }

    async Task<string> RenewAsync(CancellationToken ct)
    {
        var until = lease.Until;
        var every = Third(until - clock.GetUtcNow());
        while (true)
        {
            await PauseAsync(every, ct);
            try
            {
                var renewed = await town.Renew(lease.Token).SendAsync(ct);
                if (renewed.Refused is { } why) return why;
                until = renewed.Until ?? until;
                every = Third(until - clock.GetUtcNow());
            }
            catch (TownProblemException e) when (e.Status is 401 or 403 or 404 or 409) { return e.Detail; }
            catch (Exception e) when (e is TownUnreachableException or TownProblemException)
            {
                // Whoever cannot renew must stop before another may begin.
                if (clock.GetUtcNow() >= until) return $"The lease ran out at {until:u} and could not be renewed: {e.Message}";
                every = Third(until - clock.GetUtcNow());
            }
        }
    }

    async Task PauseAsync(TimeSpan every, CancellationToken ct)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(Task.Delay(every, clock, pause.Token), _news.WaitAsync(pause.Token));
        await pause.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Without it the loss is noticed at the next renewal.</summary>
    async Task HearAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var entry in town.FollowEventsAsync(null, new EventQuery(WorkItem: workItemId), ct: ct))
                if (Endings.Contains(entry.EventType)) _news.Release();
        }
        catch (Exception e) when (e is TownProblemException or TownUnreachableException or OperationCanceledException) { /* no news, then */ }
    }

    static TimeSpan Third(TimeSpan left) => left / 3 > Shortest ? left / 3 : Shortest;
}
