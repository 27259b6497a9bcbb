using System.Globalization;

namespace ClaudeManage.Bench;

/// <summary>What an idle town costs: processor time over a while, and resident memory. <c>BENCH_IDLE_SECONDS</c>, default 300, as the budget is meant.</summary>
static class Idle
{
    /// <summary>How long an idle town is watched.</summary>
    public static double Seconds => double.Parse(Environment.GetEnvironmentVariable("BENCH_IDLE_SECONDS") ?? "300", CultureInfo.InvariantCulture);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var seconds = Seconds;
        var directory = BenchContext.Scratch();
        await using var town = await context.StartAsync(directory, ct);
        await Task.Delay(TimeSpan.FromSeconds(10), context.Clock, ct);
        var (cpu, begin) = (town.Cpu, context.Clock.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds), context.Clock, ct);
        var share = (town.Cpu - cpu) / context.Clock.GetElapsedTime(begin) * 100;
        var memory = town.ResidentMB;
        return
        [
            new BenchRow($"idle town, processor over {seconds:0} s", $"{share:0.00} % of a core", "", null, "< 1 %", share < 1),
            new BenchRow("idle town, resident memory", $"{memory:0} MB", "", null, "< 250 MB", memory < 250),
        ];
    }
}
