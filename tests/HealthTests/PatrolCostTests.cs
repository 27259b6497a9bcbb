using System.Diagnostics;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using ClaudeManage.Persistence;
using ClaudeManage.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.HealthTests;

/// <summary>What watching a thousand agents costs: measured, and held to a bound that a slow machine keeps. The figures stand in docs/benchmarks.md.</summary>
public sealed class PatrolCostTests : HealthTown
{
    const int Count = 1_000;

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Health:DeaconSeconds"] = "60", ["Health:BootSeconds"] = "86400" };

    [Fact]
    public async Task A_thousand_agents_are_watched_by_due_looks_alone()
    {
        var assignments = Enumerable.Range(0, Count).Select(i => Samples.Assignment($"sh-{i}", $"shop/polecats/a{i}", id: Guid.CreateVersion7())).ToList();
        foreach (var a in assignments) await Host.PublishAsync(new LeaseGranted(Event(LeaseGranted.Type, a.AgentId!, a.WorkItemId), a), Ct);
        await Host.IdleAsync(Ct);
        var sessions = assignments.Select(a => new SessionSnapshot(Guid.CreateVersion7(), "node-1", a.AgentId!, "shop", a.WorkItemId, a.Id, 1, SessionState.Running, 42, 7, null, null, null, 0, null, null,
            Clock.GetUtcNow(), Clock.GetUtcNow(), null)).ToList();
        foreach (var s in sessions) await Host.PublishAsync(new SessionStarted(Event(SessionStarted.Type, "system/supervisor", s.WorkItemId), s), Ct);
        await Host.IdleAsync(Ct);

        // Nothing is due: nobody looks, nothing is written.
        var rest = await MeasureAsync(() => PassAsync(20));
        Assert.Equal(0, await WrittenAsync());

        var beat = await MeasureAsync(async () =>
        {
            var now = Clock.GetUtcNow();
            await FeedAsync(new NodeHeartbeat(new NodeSnapshot("node-1", Count, [], ["command"], [], false, Samples.Moment),
                [.. sessions.Select(s => new SessionSignal(s.Id, s.AssignmentId, s.AgentId, s.WorkItemId, 1, null, 10, "testing", null, 0, null))], now));
        });
        var looks = await MeasureAsync(() => PassAsync(101));
        Assert.Equal(Count, Host.Probe.Of<AgentHealthChanged>().Count(c => c.Health.State == AgentHealthState.Unreachable));
        var round = await MeasureAsync(DeaconAsync);

        foreach (var (what, took) in new[] { ("20 s in which nothing is due", rest), ("one heartbeat with 1 000 sessions", beat), ("1 000 due looks, each with a new state and its event", looks), ("one round of the deacon", round) })
            TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {took.Wall.TotalMilliseconds:0} ms, processor {took.Cpu.TotalMilliseconds:0} ms");
        Assert.True(looks.Wall < TimeSpan.FromMilliseconds(100 * Count), $"{looks.Wall.TotalMilliseconds / Count:0.0} ms for a look");
        Assert.True(round.Wall < TimeSpan.FromSeconds(5), $"{round.Wall.TotalMilliseconds:0} ms for a round of the deacon");
        Assert.True(beat.Wall < TimeSpan.FromSeconds(20), $"{beat.Wall.TotalMilliseconds:0} ms for a heartbeat");
    }

    static async Task<(TimeSpan Wall, TimeSpan Cpu)> MeasureAsync(Func<Task> work)
    {
        using var self = Process.GetCurrentProcess();
        var (cpu, began) = (self.TotalProcessorTime, Stopwatch.GetTimestamp());
        await work();
        self.Refresh();
        return (Stopwatch.GetElapsedTime(began), self.TotalProcessorTime - cpu);
    }

    async Task<int> WrittenAsync()
    {
        await using var scope = Host.Services.CreateAsyncScope();
        var now = Clock.GetUtcNow();
        return await scope.ServiceProvider.GetRequiredService<HealthDbContext>().History.CountAsync(h => h.At > now.AddSeconds(-19), Ct);
    }

    async Task DeaconAsync()
    {
        await using var scope = Host.Services.CreateAsyncScope();
        var (db, deacon) = (scope.ServiceProvider.GetRequiredService<HealthDbContext>(), scope.ServiceProvider.GetRequiredService<Deacon>());
        await db.TransactAsync(async token => await deacon.RoundAsync((await db.Patrols.AsNoTracking().SingleAsync(p => p.Name == Deacon.Name, token)).Chain!.Value, token), Ct);
        Assert.InRange((await db.Patrols.AsNoTracking().SingleAsync(p => p.Name == Deacon.Name, Ct)).Runs, 1, int.MaxValue);
    }
}
