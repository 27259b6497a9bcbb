using System.Diagnostics;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Chaos;

/// <summary>A town that is killed again and again while eight workers go on.</summary>
public class ChaosTests(ITestOutputHelper output)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_9_of_the_town_under_load()
    {
        var plan = ChaosPlan.FromEnvironment();
        output.WriteLine($"{plan}");
        var (history, watch) = (new History(), Stopwatch.StartNew());
        using var scratch = new ScratchDirectory("chaos");
        await using var town = await TownProcess.StartAsync(scratch["town"], Ct, new Dictionary<string, string> { ["Supervisor:Enabled"] = "false" });
        var load = new ChaosLoad(town, plan, history);
        await load.PrepareAsync(Ct);

        using var over = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        over.CancelAfter(plan.Longest);
        var working = load.WorkAsync(over.Token);
        var creating = load.CreateAsync(over.Token);
        var killing = KillAsync(town, plan, history, over.Token);
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
        Assert.True(load.Breaks >= plan.Kills, $"the kills were felt: {load.Breaks} requests broke");
        Assert.True(history.Completions.Any(c => c.KnownStale), "somebody overslept");
        Assert.Equal(0, await town.StopAsync());
    }

    /// <summary>Kills when so many more answers have come, of which nobody knows how many; one time in four again while it starts.</summary>
    static async Task KillAsync(TownProcess town, ChaosPlan plan, History history, CancellationToken ct)
    {
        var random = new Random(plan.Seed);
        var most = Math.Max(4, plan.Items * 3 / plan.Kills);
        for (var kill = 1; kill <= plan.Kills; kill++)
        {
            var at = history.Last + random.Next(1, most);
            await Eventually.TrueAsync(() => history.Last >= at || history.Done.Count >= plan.Items - ChaosPlan.Batch, plan.Longest, $"the load goes on after kill {kill - 1}", ct);
            await town.KillAsync();
            if (random.Next(4) == 0 && kill < plan.Kills)
            {
                town.Launch();
                await Eventually.TrueAsync(() => File.Exists(Path.Combine(town.Data, "town.url")) || File.Exists(Path.Combine(town.Data, "town.pid")) && random.Next(20) == 0, plan.Longest, "the town begins to start", ct);
                await town.KillAsync();
                kill++;
            }
            await town.StartAsync(ct);
        }
    }

    /// <summary>What is still on its way has some time to arrive; what is wrong stays wrong.</summary>
    static async Task<IReadOnlyList<string>> FindingsAsync(TownProcess town, History history)
    {
        IReadOnlyList<string> findings = [];
        var client = await town.OverseerAsync(Ct);
        var watch = Stopwatch.StartNew();
        await Eventually.TrueAsync(async () =>
        {
            findings = HistoryChecker.Check(history, await TownView.ReadAsync(client, ChaosLoad.Rig, Ct));
            return findings.Count == 0 || watch.Elapsed > TimeSpan.FromSeconds(20);
        }, TimeSpan.FromSeconds(40), "the town is read", Ct);
        return findings;
    }
}
