using System.Diagnostics;
using ClaudeManage.Cli.Stack;
using ClaudeManage.Client;
using ClaudeManage.Journeys.Chaos;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Stack;

/// <summary>
/// Bad days of the stack under load, each judged by the history checker. Short forms; <c>bench/chaos</c> runs the same with other numbers.
/// </summary>
[Collection(OnTheStack.Name)]
public class StackChaosTests(TestStack stack, ITestOutputHelper output)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(25);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    // Every event passes a broker here, on a machine with twenty processes.
    static ChaosPlan Plan(string rig, string prefix, int items) => ChaosPlan.FromEnvironment(items, seconds: 300) with { Rig = rig, Prefix = prefix };

    [Fact]
    public async Task Kill_9_of_one_process_after_another_under_load()
    {
        TestStack.Require();
        var plan = Plan("shop", "sh", 80);
        var before = stack.Processes.Sum(p => p.Restarts);
        var killed = 0;
        await ChaosRun.Async(stack, plan, async (history, ct) => killed = await KillAsync(plan, history, ct), output);
        Assert.True(stack.Processes.Sum(p => p.Restarts) >= before + killed, "the keeper has started again what was killed");
        await stack.StartAsync(Ct);
    }

    /// <summary>Any process, whenever so many more answers have come; the next one when that one is back. How many processes were killed.</summary>
    async Task<int> KillAsync(ChaosPlan plan, Chaos.History history, CancellationToken ct)
    {
        var random = new Random(plan.Seed);
        var most = Math.Max(4, plan.Items * 3 / plan.Kills);
        var killed = 0;
        for (var kill = 1; kill <= plan.Kills; kill++)
        {
            var at = history.Last + random.Next(1, most);
            await Eventually.TrueAsync(() => history.Last >= at || history.Done.Count >= plan.Items - ChaosPlan.Batch, plan.Longest, $"the load goes on after kill {kill - 1}", ct);
            var victims = stack.Processes.Where(p => p.Running() is not null).ToList();
            var victim = victims[random.Next(victims.Count)];
            if (kill % 10 is 8 or 9 && stack.HasServers) await KillAsync(kill % 10 == 8 ? "rabbitmq" : "postgres", ct);
            else if (kill % 6 == 3 && victim.Service != StackServices.Gateway) await SleepAsync(victim, history, at + most, ct);
            else
            {
                output.WriteLine($"kill -9 {victim.Name}");
                await stack.KillAsync(victim.Name);
                await Eventually.TrueAsync(() => stack.Processes.Single(p => p.Name == victim.Name).Restarts > victim.Restarts, plan.Longest, $"{victim.Name} is started again", ct);
                killed++;
            }
        }
        return killed;
    }

    async Task KillAsync(string server, CancellationToken ct)
    {
        output.WriteLine($"kill -9 {server}");
        await stack.RequireOwn(server).KillAsync(ct);
        await stack.StartAsync(ct);
    }

    async Task SleepAsync(StackProcessState victim, Chaos.History history, long until, CancellationToken ct)
    {
        output.WriteLine($"kill -STOP {victim.Name}");
        var slept = Stopwatch.StartNew();
        await using (await Freeze.OfAsync(victim.Running()!.Value.Pid))
            await Eventually.TrueAsync(() => history.Last >= until || slept.Elapsed > LongestSleep, LongestSleep * 2, "it has slept", ct);
    }

    [Fact]
    public async Task Kill_9_of_the_broker_and_of_the_database_under_load()
    {
        stack.RequireOwn("postgres");
        var plan = Plan("servers", "sv", 60);
        await ChaosRun.Async(stack, plan, async (history, ct) =>
        {
            await OutageAsync("rabbitmq", "bus: ", 10, plan, history, ct);
            await OutageAsync("postgres", "database: ", 30, plan, history, ct);
        }, output);
    }

    async Task OutageAsync(string server, string missing, int after, ChaosPlan plan, Chaos.History history, CancellationToken ct)
    {
        await Eventually.TrueAsync(() => history.Done.Count >= after, plan.Longest, $"{after} items are done", ct);
        // So that the outage lasts until it was seen by everybody.
        await using (await Freeze.OfAsync(stack.Keeper))
        {
            output.WriteLine($"kill -9 {server}");
            await stack.RequireOwn(server).KillAsync(ct);
            // Whoever consumes nothing does not miss the broker.
            foreach (var process in stack.Processes.Where(p => StackServices.Replicated.Contains(p.Service) && p.Service != "workflow")) await SaysAsync(process, missing, ct);
            if (server == "postgres") await SaysSoAsync(ct);
        }
        await stack.StartAsync(ct);
        Assert.Contains($"{server} runs again", stack.Log);
    }

    async Task SaysSoAsync(CancellationToken ct)
    {
        var client = await stack.OverseerAsync(ct);
        var refused = await Assert.ThrowsAsync<TownProblemException>(() => client.WorkItems(new WorkItemQuery()).SendAsync(ct));
        Assert.Equal((503, "database-unavailable"), (refused.Status, refused.Code));
    }

    static Task SaysAsync(StackProcessState process, string missing, CancellationToken ct) => Eventually.TrueAsync(
        async () => await StackReadiness.OfAsync(process.Address, ct) is { } why && (why.Contains(missing, StringComparison.Ordinal) ? true : throw new InvalidOperationException(why)),
        Patience, $"{process.Name} says '{missing}'", ct);

    [Fact]
    public async Task A_service_is_cut_off_from_the_broker_while_every_message_comes_twice_and_out_of_order()
    {
        TestStack.Require();
        var plan = Plan("wire", "wi", 60);
        var cut = TimeSpan.FromSeconds(ChaosPlan.Number("CHAOS_CUT_SECONDS", 1));
        await using var echo = await Echo.StartAsync(await stack.BrokerAdminAsync(Ct), await stack.EndpointsAsync(Ct), new Random(plan.Seed), Ct);
        await ChaosRun.Async(stack, plan, async (history, ct) =>
        {
            await Eventually.TrueAsync(() => history.Done.Count >= 10, plan.Longest, "10 items are done", ct);
            var elsewhere = await Elsewhere.PrepareAsync(stack, plan, ct);
            var (done, watch) = (history.Done.Count, Stopwatch.StartNew());
            output.WriteLine("work is cut off from the broker");
            stack.WorkToBroker.Cut();
            try
            {
                // By silence alone, which takes two heartbeats.
                foreach (var process in stack.Processes.Where(p => p.Service == "work")) await SaysAsync(process, "bus: ", ct);
                await elsewhere.WorkAsync(ct);
                await Eventually.TrueAsync(() => watch.Elapsed > cut, cut * 2, "the cut lasts", ct);
            }
            finally { stack.WorkToBroker.Mend(); }
            output.WriteLine($"mended after {watch.Elapsed.TotalSeconds:0} s, {history.Done.Count - done} items later");
            await stack.StartAsync(ct);
        }, output);
        output.WriteLine($"{echo.Copies} messages were sent again");
        Assert.True(echo.Copies > plan.Items * 5, $"only {echo.Copies} messages were sent again");
    }
}
