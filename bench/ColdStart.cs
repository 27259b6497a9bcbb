namespace ClaudeManage.Bench;

/// <summary>From starting the process on a fresh data directory (databases are made) to its first answer; median of five.</summary>
static class ColdStart
{
    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var (fresh, again) = (new List<double>(), new List<double>());
        for (var i = 0; i < 5; i++)
        {
            var directory = BenchContext.Scratch();
            await using (var town = await context.StartAsync(directory, ct)) fresh.Add(town.ColdStart.TotalSeconds);
            await using (var town = await context.StartAsync(directory, ct)) again.Add(town.ColdStart.TotalSeconds);
            Directory.Delete(directory, recursive: true);
        }
        return [Row("cold start, new data directory", fresh), Row("cold start, existing data directory", again)];
    }

    static BenchRow Row(string what, List<double> seconds)
    {
        var median = Stats.Percentile(seconds, 50);
        return new BenchRow(what, $"{median:0.00} s", "", null, "< 2 s", median < 2);
    }
}
