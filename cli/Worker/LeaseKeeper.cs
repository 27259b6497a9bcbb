using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Worker;

/// <summary>Renews a lease every third of its time. Ends when the lease is lost, or could not be renewed before it ran out.</summary>
sealed class LeaseKeeper(TownClient town, Lease lease, TimeProvider clock)
{
    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    /// <summary>Ends with the reason why the lease is gone; cancelled when it is no longer needed.</summary>
    public async Task<string> KeepAsync(CancellationToken ct)
    {
        var until = lease.Until;
        var every = Third(until - clock.GetUtcNow());
        while (true)
        {
            await Task.Delay(every, clock, ct);
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

    static TimeSpan Third(TimeSpan left) => left / 3 > Shortest ? left / 3 : Shortest;
}
