using System.Diagnostics;

namespace ClaudeManage.Bench;

/// <summary>Order statistics and closed-loop load.</summary>
static class Stats
{
    /// <summary>The p-th percentile by nearest rank.</summary>
    public static double Percentile(IEnumerable<double> values, double p)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(p / 100 * sorted.Count) - 1, 0, sorted.Count - 1)];
    }

    /// <summary>Operations per second of <paramref name="clients"/> loops, each beginning the next when the last has ended, until one says there is no more.</summary>
    public static async Task<double> RateAsync(int clients, Func<int, CancellationToken, Task<bool>> operation, TimeSpan longest, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var count = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            while (watch.Elapsed < longest && await operation(client, ct)) Interlocked.Increment(ref count);
        }));
        return count / watch.Elapsed.TotalSeconds;
    }
}
