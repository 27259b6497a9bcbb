using System.Diagnostics;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.CrashHost;

/// <summary>How fast events go to three subscribing modules in process; every consumer writes one row.</summary>
static class Measurement
{
    public static async Task RunAsync(IHost host, int events, CancellationToken ct)
    {
        // Written before anybody delivers: what the consumers alone can do.
        await PublishAsync(host, events, perCommit: 1, ct);
        await host.StartAsync(ct);
        await WaitAsync(host, "warm", events, ct);
        for (var round = 0; round < 3; round++)
        {
            foreach (var (writers, perCommit) in new[] { (1, 1), (8, 1), (1, 20) })
            {
                var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
                await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(() => PublishAsync(host, events / writers, perCommit, ct), ct)));
                var published = watch.Elapsed;
                await MessagingIdle.WaitAsync(ct, host.Services);
                Console.WriteLine($"{writers} writers, {perCommit} events a commit: published {events / published.TotalSeconds:0}/s, all consumed {events / watch.Elapsed.TotalSeconds:0} events/s ({Machine(cpu, events)})");
            }
            await host.StopAsync(ct);
            await PublishAsync(host, events, perCommit: 100, ct);
            host = await RestartedAsync(host, ct);
            await WaitAsync(host, "consumers alone", events, ct);
        }
        await host.StopAsync(ct);
    }

    /// <summary>Set by Program: a host once stopped does not start again.</summary>
    public static Func<IHost> Build { get; set; } = null!;

    static async Task<IHost> RestartedAsync(IHost old, CancellationToken ct)
    {
        old.Dispose();
        var host = Build();
        await host.StartAsync(ct);
        return host;
    }

    static async Task WaitAsync(IHost host, string what, int events, CancellationToken ct)
    {
        var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        await MessagingIdle.WaitAsync(ct, host.Services);
        Console.WriteLine($"{what}: {events / watch.Elapsed.TotalSeconds:0} events/s ({Machine(cpu, events)})");
    }

    static async Task PublishAsync(IHost host, int events, int perCommit, CancellationToken ct)
    {
        for (var n = 0; n < events; n += perCommit)
        {
            await using var scope = host.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
            var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<AlphaDb>>();
            await db.TransactAsync(async token =>
            {
                for (var i = n; i < n + perCommit; i++) await outbox.PublishAsync(new Tick(i), token);
            }, ct);
        }
    }

    // On a machine with other work the rate says little, the processor time of an event still says what it costs.
    static string Machine(TimeSpan cpuBefore, int events)
    {
        var cpu = (Environment.CpuUsage.TotalTime - cpuBefore).TotalMicroseconds / events;
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        return $"{cpu:0} us of processor per event, load {load}";
    }
}
