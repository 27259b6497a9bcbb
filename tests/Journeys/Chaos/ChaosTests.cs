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
        using var scratch = new ScratchDirectory("chaos");
        await using var town = await TownProcess.StartAsync(scratch["town"], Ct, new Dictionary<string, string> { ["Supervisor:Enabled"] = "false" });
        var breaks = await ChaosRun.Async(town, plan, (history, ct) => KillAsync(town, plan, history, ct), output);
        Assert.True(breaks >= plan.Kills, $"the kills were felt: {breaks} requests broke");
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
}
