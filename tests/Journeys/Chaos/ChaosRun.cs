using System.Diagnostics;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Chaos;

/// <summary>Load and kills at once, then a look at everything from outside.</summary>
static class ChaosRun
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Fails the test on any broken promise. How many requests got no answer.</summary>
    public static async Task<int> Async(IRunningTown town, ChaosPlan plan, Func<History, CancellationToken, Task> kill, ITestOutputHelper output)
    {
        output.WriteLine($"{plan}");
        var (history, watch) = (new History(), Stopwatch.StartNew());
        var load = new ChaosLoad(town, plan, history);
        await load.PrepareAsync(Ct);
        await LoadAsync(load, plan, history, kill, watch);
        output.WriteLine($"load over after {watch.Elapsed.TotalSeconds:0.0} s");

        var findings = await FindingsAsync(town, plan.Rig, history);
        var (leases, refused, replayed) = (history.Grants.Count, history.Completions.Count(c => !c.Accepted), history.Completions.Count(c => c.Replayed));
        output.WriteLine($"{plan.Kills} kills, {plan.Items} items, {leases} leases, {refused} refused, {replayed} answered again, {history.Completions.Count(c => c.KnownStale)} overslept, {history.Failed} failed, {load.Breaks} requests without an answer, {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(findings.Count == 0, $"seed {plan.Seed}:\n{string.Join('\n', findings.Take(30))}\n{string.Join('\n', town.Log.Split('\n').Where(l => l.Contains("fail:", StringComparison.Ordinal)).Take(20))}");
        Assert.True(history.Completions.Any(c => c.KnownStale), "somebody overslept");
        Assert.True(history.Failed > 0, "an item was exhausted");
        return load.Breaks;
    }

    /// <summary>
    /// The same on a town with a fault planted in it as soon as the load is prepared, which the load need not survive: fails unless the
    /// checker has a finding that begins so and stays.
    /// </summary>
    public static async Task CaughtAsync(IRunningTown town, ChaosPlan plan, Func<IDisposable> plant, Func<History, CancellationToken, Task> kill, string finding, ITestOutputHelper output)
    {
        var (history, watch) = (new History(), Stopwatch.StartNew());
        var load = new ChaosLoad(town, plan, history);
        await load.PrepareAsync(Ct);
        using (plant())
        {
            try { await LoadAsync(load, plan, history, kill, watch); }
            catch (Exception e) when (!Ct.IsCancellationRequested) { output.WriteLine($"the load: {e.Message}"); }
        }
        IReadOnlyList<string> before = [], now = [];
        var client = await town.OverseerAsync(Ct);
        // What is only late comes meanwhile.
        var since = Stopwatch.StartNew();
        await Eventually.TrueAsync(async () =>
        {
            now = [.. HistoryChecker.Check(history, await TownView.ReadAsync(client, plan.Rig, Ct)).Where(f => f.StartsWith(finding, StringComparison.Ordinal))];
            if (before.Count == 0 || !before.Intersect(now).Any()) (before, since) = (now, Stopwatch.StartNew());
            return before.Count > 0 && since.Elapsed > TimeSpan.FromSeconds(10);
        }, TimeSpan.FromSeconds(90), $"the checker finds '{finding}'", Ct);
        output.WriteLine(string.Join('\n', now.Take(10)));
    }

    static async Task LoadAsync(ChaosLoad load, ChaosPlan plan, History history, Func<History, CancellationToken, Task> kill, Stopwatch watch)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        over.CancelAfter(plan.Longest);
        var working = Task.WhenAll(load.WorkAsync(over.Token), load.FailAsync(over.Token));
        var all = Task.WhenAll(load.CreateAsync(over.Token), kill(history, over.Token));
        try
        {
            if (await Task.WhenAny(working, all) == working) await working;      // ends before its time only when it failed
            await all;
            await Eventually.TrueAsync(() => working.IsCompleted || load.IsThrough, plan.Longest - watch.Elapsed, "every item is acknowledged as done", Ct);
        }
        finally { await over.CancelAsync(); }
        await working;
    }

    /// <summary>What is still on its way has some time to arrive; what is wrong stays wrong.</summary>
    static async Task<IReadOnlyList<string>> FindingsAsync(IRunningTown town, string rig, History history)
    {
        IReadOnlyList<string> findings = [];
        var client = await town.OverseerAsync(Ct);
        var watch = Stopwatch.StartNew();
        await Eventually.TrueAsync(async () =>
        {
            findings = HistoryChecker.Check(history, await TownView.ReadAsync(client, rig, Ct));
            return findings.Count == 0 || watch.Elapsed > TimeSpan.FromSeconds(120);
        }, TimeSpan.FromSeconds(180), "the town is read", Ct);
        return findings;
    }
}
