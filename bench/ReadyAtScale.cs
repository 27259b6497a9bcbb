using System.Diagnostics;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Bench;

/// <summary>The ready query and a claim with 100, 10 000 and 100 000 open items, against their own time at 100.</summary>
static class ReadyAtScale
{
    static readonly int[] Sizes = [100, 10_000, 100_000];
    const int Samples = 200;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var directory = BenchContext.Scratch();
        await using var town = await context.StartAsync(directory, ct, BenchContext.WithoutLimits);
        await Setup.RigWithItemsAsync(town.Client, "scale", 0, ct);
        using var worker = (await Setup.AgentsAsync(town.Client, "scale", 1, ct))[0];
        var (rows, open, readyBase, claimBase) = (new List<BenchRow>(), 0, 0.0, 0.0);
        foreach (var size in Sizes)
        {
            await Setup.ItemsAsync(town.Client, "scale", size - open, ct);
            open = size;
            await Setup.QuietAsync(town.Client, ct);
            await TimesAsync(50, _ => town.Client.WorkItems(new WorkItemQuery { Ready = true, Limit = 50 }).SendAsync(ct));
            var ready = Stats.Percentile(await TimesAsync(Samples, _ => town.Client.WorkItems(new WorkItemQuery { Ready = true, Limit = 50 }).SendAsync(ct)), 50);

            // What is claimed is closed, so as many open items stay as the row says.
            await Setup.SlingAsync(town.Client, "scale", await Setup.ItemsAsync(town.Client, "scale", Samples + 50, ct), ct);
            await Setup.QuietAsync(town.Client, ct);
            var claims = new List<double>();
            for (var i = 0; i < Samples + 50; i++)
            {
                var begin = Stopwatch.GetTimestamp();
                var claim = (await worker.Claim("scale/pool").SendAsync(ct))!;
                if (i >= 50) claims.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                await worker.Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, Contracts.Hook.CompletionOutcome.Completed, "measured")).SendAsync(ct);
            }
            var claimed = Stats.Percentile(claims, 50);
            (readyBase, claimBase) = size == Sizes[0] ? (ready, claimed) : (readyBase, claimBase);
            rows.Add(Row($"ready query (50 of them), {size} open", ready, readyBase));
            rows.Add(Row($"claim, {size} open", claimed, claimBase));
            if (size > Sizes[0]) rows.Add(Memory(size, town.ResidentMB));
        }
        return rows;
    }

    static BenchRow Row(string what, double median, double reference) =>
        new(what, $"{median:0.00} ms", $"{reference:0.00} ms at {Sizes[0]}", median / reference, "≤ 1.5", median / reference <= 1.5);

    // The target is for the middle size.
    static BenchRow Memory(int open, double megabytes) =>
        new($"resident memory with {open} open items", $"{megabytes:0} MB", "", null, open == Sizes[1] ? "< 300 MB" : "", open == Sizes[1] ? megabytes < 300 : null);

    static async Task<List<double>> TimesAsync(int count, Func<int, Task> operation)
    {
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await operation(i);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return times;
    }
}
