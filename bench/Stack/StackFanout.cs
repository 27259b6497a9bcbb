using System.Collections.Concurrent;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Bench;

/// <summary>
/// From an event's own time, which its service takes before the commit, until each of several readers of the event stream behind the gateway has it;
/// against raw RabbitMQ from publish to consume at the same pace.
/// </summary>
static class StackFanout
{
    const int Readers = 8;
    const int Warm = 20;
    const int Events = 200;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var town = await context.Stack.TownAsync(1, ct);
        await Setup.RigWithItemsAsync(town.Client, "fanout", 0, ct);
        await Setup.QuietAsync(town.Client, ct);
        var times = new ConcurrentBag<double>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var readers = Enumerable.Range(0, Readers).Select(_ => ReadAsync(stop.Token)).ToList();
        await Pace.EveryAsync(Pause, Warm + Events, context.Clock, i => town.Client.CreateWorkItem(new CreateWorkItem("fanout", $"Event {i}")).SendAsync(ct), ct);
        await Task.WhenAll(readers).WaitAsync(Patience, ct);

        var raw = await RawRabbitMq.LatenciesAsync(context.Stack.Servers.RabbitMq, Warm + Events, Pause, context.Clock, ct);
        List<double> reference = [.. raw.Skip(Warm)];
        var (p50, p99, r50, r99) = (Stats.Percentile(times, 50), Stats.Percentile(times, 99), Stats.Percentile(reference, 50), Stats.Percentile(reference, 99));
        var every = $"{Readers} readers of {Events} events, one every {Pause.TotalMilliseconds:0} ms";
        return
        [
            new BenchRow($"stack: event → seen on SSE, p50 ({every})", $"{p50:0.0} ms", $"{r50:0.0} ms", p50 / r50, "", null),
            new BenchRow("stack: event → seen on SSE, p99", $"{p99:0.0} ms", $"{r99:0.0} ms", p99 / r99, "p99 < 5 × reference", p99 < 5 * r99),
        ];

        // Every reader sees every event once, or this does not end in time.
        async Task ReadAsync(CancellationToken token)
        {
            var seen = 0;
            await foreach (var entry in town.Client.FollowEventsAsync(0, new EventQuery(Rig: "fanout", Type: WorkItemCreated.Type), ct: token))
            {
                if (++seen > Warm) times.Add((context.Clock.GetUtcNow() - entry.EmittedAt).TotalMilliseconds);
                if (seen == Warm + Events) return;
            }
        }
    }
}
