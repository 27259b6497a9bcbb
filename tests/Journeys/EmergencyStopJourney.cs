using System.Diagnostics;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>Somebody presses the red button in a real town: deaf agents, a bare claim, work in the queue.</summary>
public sealed class EmergencyStopJourney : IDisposable
{
    const int Agents = 4;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);
    static readonly TimeSpan Promise = TimeSpan.FromSeconds(10);

    readonly TestRepository _repository = new("stop");
    readonly ScratchDirectory _scratch = new("stop-town");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _repository.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Within_ten_seconds_no_agent_lives_and_nothing_is_claimed_and_afterwards_all_of_it_lands()
    {
        await using var town = await StartAsync();
        var overseer = await town.OverseerAsync(Ct);
        var work = await WorkAsync(overseer, Agents + 1, "shop/pool");
        var running = await RunningAsync(overseer, Agents);
        // All slots are taken: this one is claimed by hand.
        await overseer.CreateAgent(new CreateAgent("shop/crew/ada")).SendAsync(Ct);
        work = [.. work, .. await WorkAsync(overseer, 1, "shop/crew/ada")];
        var bare = await overseer.Claim("shop/crew/ada").SendAsync(Ct);

        var clock = Stopwatch.StartNew();
        var stop = await overseer.Stop("town", "smoke").SendAsync(Ct);
        Assert.Equal(Agents, stop.Left.Count);
        await Eventually.TrueAsync(async () => Alive(running) == 0 && await OutAsync(overseer) == 0, Promise, "no agent lives and nothing is claimed", Ct);
        var seconds = clock.Elapsed.TotalSeconds;
        TestContext.Current.SendDiagnosticMessage($"emergency stop of {Agents} agents that ignore signals: {seconds:0.00} s");
        Assert.True(clock.Elapsed < Promise, $"{seconds:0.00} s");
        Assert.Equal("lease-lost", (await Assert.ThrowsAsync<TownProblemException>(() => overseer.Renew(bare!.Lease.Token).SendAsync(Ct))).Code);
        Assert.Equal("stopped", (await Assert.ThrowsAsync<TownProblemException>(() => overseer.Claim("shop/crew/ada").SendAsync(Ct))).Code);

        // Nothing starts meanwhile, also not after a crash of the town.
        await town.KillAsync();
        await town.StartAsync(Ct);
        overseer = await town.OverseerAsync(Ct);
        await Eventually.TrueAsync(async () => (await overseer.Stops().SendAsync(Ct)).Items is [{ Left.Count: 0 }], Patience, "the stop is in force", Ct);
        Assert.Empty((await overseer.Sessions(live: true).SendAsync(Ct)).Items);

        await File.WriteAllTextAsync(_repository.Scratch["go"], "", Ct);
        Assert.Empty((await overseer.LiftStop("town").SendAsync(Ct)).Items);
        foreach (var (item, assignment) in work)
        {
            await LandedAsync(overseer, item);
            // The stop cost nobody an attempt.
            Assert.Equal(1, (await overseer.Assignment(assignment).SendAsync(Ct)).Attempt);
        }
        var trail = (await overseer.Events(query: new EventQuery(Type: "emergency-stop.*"), limit: 100).SendAsync(Ct)).Items.Select(e => e.EventType).ToList();
        Assert.Equal(["emergency-stop.ordered", "emergency-stop.cleared", "emergency-stop.lifted"], trail);
        Assert.Equal(0, await town.StopAsync());
    }

    [Fact]
    public async Task A_stopped_convoy_rests_while_the_other_one_goes_on()
    {
        await using var town = await StartAsync();
        var overseer = await town.OverseerAsync(Ct);
        var (one, other) = (Ids(await WorkAsync(overseer, 2, "shop/pool")), Ids(await WorkAsync(overseer, 2, "shop/pool")));
        var running = await RunningAsync(overseer, 4);
        var convoy = await Eventually.ResultAsync(async () => (await overseer.WorkItem(one[0]).SendAsync(Ct)).ConvoyId, Patience, "the item knows its convoy", Ct);
        await overseer.Stop($"convoy:{convoy}").SendAsync(Ct);
        await Eventually.TrueAsync(() => Alive(running.Where(s => one.Contains(s.WorkItemId))) == 0, Promise, "its agents have ended", Ct);
        Assert.Equal(2, Alive(running.Where(s => other.Contains(s.WorkItemId))));
        await File.WriteAllTextAsync(_repository.Scratch["go"], "", Ct);
        foreach (var id in other) await LandedAsync(overseer, id);
        foreach (var id in one) Assert.NotEqual(WorkItemState.Closed, (await overseer.WorkItem(id).SendAsync(Ct)).State);
        await overseer.LiftStop($"convoy:{convoy}").SendAsync(Ct);
        foreach (var id in one) await LandedAsync(overseer, id);
    }

    /// <summary>A rig whose agents are deaf to every polite signal until they are told to finish.</summary>
    async Task<TownProcess> StartAsync()
    {
        await _repository.CreateAsync("exit 0", $"""
            trap '' INT TERM HUP
            echo half > "$CM_WORK_ITEM.txt"
            while [ ! -f "{_repository.Scratch.Path}/go" ]; do sleep 0.1; done
            git add -A
            git commit -q -m "Add it"
            """);
        var town = await TownProcess.StartAsync(_scratch["town"], Ct, new Dictionary<string, string> { ["Supervisor:Slots"] = $"{Agents}", ["Supervisor:HeartbeatSeconds"] = "1" });
        await (await town.OverseerAsync(Ct)).CreateRig(new CreateRig("shop", "sh", _repository.Origin, Settings: new RigSettings(MaxWorkers: Agents, RuntimeOptions: new RuntimeOptions([_repository.Agent]),
            Merge: new MergeSettings(Gates: [new GateDefinition("nothing", ["sh", "gate.sh"], 60)])))).SendAsync(Ct);
        return town;
    }

    /// <summary>Items of a convoy of their own, on a hook.</summary>
    static async Task<IReadOnlyList<(string Item, Guid Assignment)>> WorkAsync(TownClient client, int count, string hook)
    {
        var items = (await client.CreateWorkItems([.. Enumerable.Range(1, count).Select(n => new CreateWorkItem("shop", $"Item {n}"))]).SendAsync(Ct)).Items;
        var convoy = await client.CreateConvoy(new CreateConvoyRequest("Some", [.. items.Select(i => i.Id)])).SendAsync(Ct);
        var work = new List<(string, Guid)>();
        foreach (var item in items)
        {
            var slung = await Eventually.ResultAsync(async () => await client.Sling(hook, new SlingRequest(item.Id, ConvoyId: convoy.Id)).SendAsync(Ct), Patience, "Hook has heard of the rig", Ct);
            work.Add((item.Id, slung.AssignmentId));
        }
        return work;
    }

    static List<string> Ids(IReadOnlyList<(string Item, Guid Assignment)> work) => [.. work.Select(w => w.Item)];

    static Task<IReadOnlyList<SessionSnapshot>> RunningAsync(TownClient client, int count) => Eventually.ResultAsync(async () =>
    {
        IReadOnlyList<SessionSnapshot> running = [.. (await client.Sessions(live: true).SendAsync(Ct)).Items.Where(s => s is { State: SessionState.Running, Pid: not null })];
        return running.Count == count ? running : null;
    }, Patience, $"{count} agents run", Ct);

    static async Task LandedAsync(TownClient client, string id)
    {
        var item = await Eventually.ResultAsync(async () => await client.WorkItem(id).SendAsync(Ct) is { State: WorkItemState.Closed } closed ? closed : null, Patience, $"{id} lands", Ct);
        Assert.Equal(OutcomeKind.Merged, item.Outcome?.Kind);
    }

    static int Alive(IEnumerable<SessionSnapshot> sessions) => sessions.Count(s => ProcessGroup.FindByMark(ProcessMark.SessionVariable, s.Id.ToString()).Count > 0);

    static async Task<int> OutAsync(TownClient client) => (await client.Stops().SendAsync(Ct)).Items.Single().Left.Count;
}
