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

        using var over = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        over.CancelAfter(plan.Longest);
        var working = load.WorkAsync(over.Token);
        var creating = load.CreateAsync(over.Token);
        var killing = kill(history, over.Token);
        var all = Task.WhenAll(creating, killing);
        if (await Task.WhenAny(working, all) == working) await working;      // ends before its time only when it failed
        await all;
        await Eventually.TrueAsync(() => working.IsCompleted || history.Done.Count == plan.Items, plan.Longest - watch.Elapsed, "every item is acknowledged as done", Ct);
        await over.CancelAsync();
        await working;
        output.WriteLine($"load over after {watch.Elapsed.TotalSeconds:0.0} s");

        var findings = await FindingsAsync(town, history);
        var (leases, refused, replayed) = (history.Grants.Count, history.Completions.Count(c => !c.Accepted), history.Completions.Count(c => c.Replayed));
        output.WriteLine($"{plan.Kills} kills, {plan.Items} items, {leases} leases, {refused} refused, {replayed} answered again, {load.Breaks} requests without an answer, {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(findings.Count == 0, $"seed {plan.Seed}:\n{string.Join('\n', findings.Take(30))}\n{string.Join('\n', town.Log.Split('\n').Where(l => l.Contains("fail:", StringComparison.Ordinal)).Take(20))}");
        Assert.True(history.Completions.Any(c => c.KnownStale), "somebody overslept");
        return load.Breaks;
    }

    /// <summary>What is still on its way has some time to arrive; what is wrong stays wrong.</summary>
    static async Task<IReadOnlyList<string>> FindingsAsync(IRunningTown town, History history)
    {
        IReadOnlyList<string> findings = [];
        var client = await town.OverseerAsync(Ct);
        var watch = Stopwatch.StartNew();
        await Eventually.TrueAsync(async () =>
        {
            findings = HistoryChecker.Check(history, await TownView.ReadAsync(client, ChaosLoad.Rig, Ct));
            return findings.Count == 0 || watch.Elapsed > TimeSpan.FromSeconds(120);
        }, TimeSpan.FromSeconds(180), "the town is read", Ct);
        return findings;
    }
}
