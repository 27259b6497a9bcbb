using System.Globalization;
using System.Runtime.Versioning;

namespace ClaudeManage.Bench;

/// <summary>
/// What the idle suite costs: processor time and memory of the services, gateway, node and keeper together, and of the private servers beside them.
/// <c>BENCH_IDLE_SECONDS</c>, default 60; the target is meant for 300.
/// </summary>
static class StackIdle
{
    static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        if (!OperatingSystem.IsLinux()) return [new BenchRow("stack, idle", "", "not measured: only Linux tells a process's children and shares", null, "< 2 %", null)];
        var town = await context.Stack.TownAsync(1, ct);
        await Task.Delay(Settle, context.Clock, ct);
        var servers = context.Stack.Servers.Roots();
        int[] roots = [town.ProcessId, .. servers.Values];
        var (before, began) = (ProcessTree.Of(roots), context.Clock.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(Idle.Seconds), context.Clock, ct);
        var (after, seconds) = (ProcessTree.Of(roots), context.Clock.GetElapsedTime(began).TotalSeconds);
        var suite = ProcessTree.Of([town.ProcessId]).Select(p => p.Id).ToHashSet();
        return [.. Rows("services, gateway, node, keeper", p => suite.Contains(p.Id), "< 2 %"), .. servers.Count == 0
            ? [new BenchRow("stack, idle: PostgreSQL and RabbitMQ", "", "not measured: they were given", null, "", null)]
            : Rows("PostgreSQL and RabbitMQ", p => !suite.Contains(p.Id), null)];

        IEnumerable<BenchRow> Rows(string what, Func<ProcessSample, bool> which, string? target)
        {
            var (then, now) = (before.Where(which).ToList(), after.Where(which).ToList());
            var share = (now.Sum(p => p.Cpu.TotalSeconds) - then.Sum(p => p.Cpu.TotalSeconds)) / seconds * 100;
            yield return new BenchRow($"stack, idle: {what}, processor over {seconds:0} s", $"{share:0.00} % of a core", Parts(now, p => (p.Sum(x => x.Cpu.TotalSeconds) - then.Where(t => t.Name == p.Key).Sum(t => t.Cpu.TotalSeconds)) / seconds * 100, "0.00"), null, target ?? "", target is null ? null : share < 2);
            yield return new BenchRow($"stack, idle: {what}, memory ({now.Count} processes)", $"{now.Sum(p => p.MiB):0} MiB", Parts(now, p => p.Sum(x => x.MiB), "0"), null, "", null);
        }
    }

    [SupportedOSPlatform("linux")]
    static string Parts(IEnumerable<ProcessSample> processes, Func<IGrouping<string, ProcessSample>, double> of, string format) => string.Join(", ",
        processes.GroupBy(p => p.Name).Select(p => (p.Key, Value: of(p))).OrderByDescending(p => p.Value).Take(10).Select(p => $"{p.Key} {p.Value.ToString(format, CultureInfo.InvariantCulture)}"));
}
