using System.Diagnostics;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>Somebody presses the red button in a real town: deaf agents, a bare claim, work in the queue.</summary>
public sealed class EmergencyStopJourney : IDisposable
{
    const int Agents = 4;

    readonly DeafRig _rig = new("shop", "sh");
    readonly ScratchDirectory _scratch = new("stop-town");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _rig.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Within_ten_seconds_no_agent_lives_and_nothing_is_claimed_and_afterwards_all_of_it_lands()
    {
        await using var town = await StartAsync();
        var overseer = await town.OverseerAsync(Ct);
        var work = await _rig.WorkAsync(overseer, Agents + 1);
        var running = await _rig.RunningAsync(overseer, Agents);
        // All slots are taken: this one is claimed by hand.
        await overseer.CreateAgent(new CreateAgent("shop/crew/ada")).SendAsync(Ct);
        work = [.. work, .. await _rig.WorkAsync(overseer, 1, "shop/crew/ada")];
        var bare = await overseer.Claim("shop/crew/ada").SendAsync(Ct);

        var clock = Stopwatch.StartNew();
        var stop = await overseer.Stop("town", "smoke").SendAsync(Ct);
        Assert.Equal(Agents, stop.Left.Count);
        await Eventually.TrueAsync(async () => DeafRig.Alive(running) == 0 && await OutAsync(overseer) == 0, DeafRig.Promise, "no agent lives and nothing is claimed", Ct);
        var seconds = clock.Elapsed.TotalSeconds;
        TestContext.Current.SendDiagnosticMessage($"emergency stop of {Agents} agents that ignore signals: {seconds:0.00} s");
        Assert.True(clock.Elapsed < DeafRig.Promise, $"{seconds:0.00} s");
        Assert.Equal("lease-lost", (await Assert.ThrowsAsync<TownProblemException>(() => overseer.Renew(bare!.Lease.Token).SendAsync(Ct))).Code);
        Assert.Equal("stopped", (await Assert.ThrowsAsync<TownProblemException>(() => overseer.Claim("shop/crew/ada").SendAsync(Ct))).Code);

        // Nothing starts meanwhile, also not after a crash of the town.
        await town.KillAsync();
        await town.StartAsync(Ct);
        overseer = await town.OverseerAsync(Ct);
        await Eventually.TrueAsync(async () => (await overseer.Stops().SendAsync(Ct)).Items is [{ Left.Count: 0 }], DeafRig.Patience, "the stop is in force", Ct);
        Assert.Empty((await overseer.Sessions(live: true).SendAsync(Ct)).Items);

        await _rig.LetGoAsync();
        Assert.Empty((await overseer.LiftStop("town").SendAsync(Ct)).Items);
        await DeafRig.LandedAtFirstAsync(overseer, work);
        var trail = (await overseer.Events(query: new EventQuery(Type: "emergency-stop.*"), limit: 100).SendAsync(Ct)).Items.Select(e => e.EventType).ToList();
        Assert.Equal(["emergency-stop.ordered", "emergency-stop.cleared", "emergency-stop.lifted"], trail);
        Assert.Equal(0, await town.StopAsync());
    }

    [Fact]
    public async Task A_stopped_convoy_rests_while_the_other_one_goes_on()
    {
        await using var town = await StartAsync();
        var overseer = await town.OverseerAsync(Ct);
        var (one, other) = (Ids(await _rig.WorkAsync(overseer, 2)), Ids(await _rig.WorkAsync(overseer, 2)));
        var running = await _rig.RunningAsync(overseer, 4);
        var convoy = await Eventually.ResultAsync(async () => (await overseer.WorkItem(one[0]).SendAsync(Ct)).ConvoyId, DeafRig.Patience, "the item knows its convoy", Ct);
        await overseer.Stop($"convoy:{convoy}").SendAsync(Ct);
        await Eventually.TrueAsync(() => DeafRig.Alive(running.Where(s => one.Contains(s.WorkItemId))) == 0, DeafRig.Promise, "its agents have ended", Ct);
        Assert.Equal(2, DeafRig.Alive(running.Where(s => other.Contains(s.WorkItemId))));
        await _rig.LetGoAsync();
        foreach (var id in other) await DeafRig.LandedAsync(overseer, id);
        foreach (var id in one) Assert.NotEqual(WorkItemState.Closed, (await overseer.WorkItem(id).SendAsync(Ct)).State);
        await overseer.LiftStop($"convoy:{convoy}").SendAsync(Ct);
        foreach (var id in one) await DeafRig.LandedAsync(overseer, id);
    }

    async Task<TownProcess> StartAsync()
    {
        var town = await TownProcess.StartAsync(_scratch["town"], Ct, new Dictionary<string, string> { ["Supervisor:Slots"] = $"{Agents}", ["Supervisor:HeartbeatSeconds"] = "1" });
        await _rig.CreateAsync(await town.OverseerAsync(Ct), Agents);
        return town;
    }

    static List<string> Ids(IReadOnlyList<(string Item, Guid Assignment)> work) => [.. work.Select(w => w.Item)];

    static async Task<int> OutAsync(TownClient client) => (await client.Stops().SendAsync(Ct)).Items.Single().Left.Count;
}
