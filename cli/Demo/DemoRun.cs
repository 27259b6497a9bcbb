using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using Spectre.Console;

namespace ClaudeManage.Cli.Demo;

/// <summary>
/// The main job on a fresh machine: a town of its own, two repositories with a real gate, fourteen items, four agents at once; an agent is
/// killed, a worker wakes up too late, two changes conflict, one breaks the gate, a workflow waits for a person. Everything lands, and the demo checks it from outside.
/// </summary>
sealed class DemoRun(IAnsiConsole console, TimeProvider clock, bool live, DemoKind kind)
{
    readonly DemoState _state = new();

    /// <summary>0 when every check holds, 1 otherwise.</summary>
    public async Task<int> RunAsync(string root, bool keep, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(kind.Longest);
        var ct = limit.Token;
        var begin = clock.GetUtcNow();
        var directory = new DemoDirectory(root, new ProcessRunner(clock));
        var screen = new DemoScreen(_state, console, clock, live);
        var checks = new DemoChecks(directory, kind, _state);
        var results = new List<DemoCheck>();
        try
        {
            await screen.ShowAsync(async () =>
            {
                await directory.CreateAsync(ct);
                await using var town = await DemoTown.StartAsync(directory, kind, clock, ct);
                screen.Say($"a town listens on {town.Client.Address}");
                var played = await PlayAsync(town.Client, directory, screen, ct);
                results.AddRange(await checks.RunAsync(town.Client, played, ct));
                if (keep) return;
                await RetireAsync(town.Client, directory, ct);
                results.AddRange(checks.AfterStop(await town.StopAsync()));
                await town.DeleteAsync();
            });
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            results.Add(new DemoCheck($"the demo ends within {kind.Longest.TotalMinutes:0} minutes", false, "it was still waiting; what it left is in " + root));
        }
        catch (Exception e) when (e is DemoException or TownProblemException or TownUnreachableException)
        {
            results.Add(new DemoCheck("the demo runs to its end", false, e.Message));
        }
        return Summary(results, root, keep, (clock.GetUtcNow() - begin).TotalSeconds);
    }

    async Task<DemoPlayed> PlayAsync(TownClient town, DemoDirectory directory, DemoScreen screen, CancellationToken ct)
    {
        _ = FollowAsync(town, screen, ct);
        foreach (var (rig, prefix) in DemoPlan.Rigs)
        {
            await town.CreateRig(new CreateRig(rig, prefix, directory.Origin(rig), Settings: new RigSettings(
                MaxWorkers: 3,
                RuntimeOptions: new RuntimeOptions([directory.Agent]),
                Merge: new MergeSettings(MergeStrategy.Merge, [new GateDefinition("test", ["sh", "gate.sh"], 60)]),
                LeaseSeconds: 10,
                ClaimLeaseSeconds: 3))).SendAsync(ct);
        }
        var plan = DemoPlan.Items();
        var made = (await town.CreateWorkItems(plan).SendAsync(ct)).Items;
        foreach (var (planned, item) in plan.Zip(made)) _state.Add(new DemoItem(item.Id, planned.Key!, item.RigId, item.Title));
        var convoy = await town.CreateConvoy(new CreateConvoyRequest("Demo: a calculator in two shops", [.. made.Select(i => i.Id)], Launch: true)).SendAsync(ct);
        screen.Say($"{made.Count} items over {DemoPlan.Rigs.Count} rigs, one convoy {convoy.Id}");

        var scenes = new DemoScenes(directory, _state, screen, town, clock);
        var killing = scenes.KillAsync(_state.ByKey(DemoPlan.Killed), ct);
        var pausing = scenes.PauseAsync(_state.ByKey(DemoPlan.Late), ct);
        foreach (var item in _state.Items.Where(i => i.Key != DemoPlan.Late))
            await town.Sling(ActorAddress.Pool(item.Rig), new SlingRequest(item.Id, ConvoyId: convoy.Id, WhenReady: true)).SendAsync(ct);

        var workflow = new DemoWorkflow(_state, screen, town);
        var molecule = await workflow.PourAsync(ct);
        var ofWorkflow = await workflow.ConvoyAsync(molecule, ct);
        var deciding = workflow.DecideAsync(molecule.Id, ct);

        var givenUp = _state.WhenAsync(e => e.EventType == "assignment.exhausted", ct);
        var scenesOver = Task.WhenAll(killing, pausing, deciding);
        await Task.WhenAny(scenesOver, givenUp);
        if (givenUp.IsCompleted) throw new DemoException($"{(await givenUp).WorkItemId} ran out of attempts: the demo's own agents failed.");
        await scenesOver;
        var lateExit = await pausing;
        var landed = Task.WhenAll(new[] { convoy.Id, ofWorkflow }.Select(id => _state.WhenAsync(e => e.EventType == "convoy.landed" && e.ConvoyId == id, ct)));
        await Task.WhenAny(landed, givenUp);
        if (!landed.IsCompleted) throw new DemoException($"{(await givenUp).WorkItemId} ran out of attempts: the demo's own agents failed.");
        screen.Say("both convoys have landed");
        return new DemoPlayed(convoy.Id, molecule.Id, ofWorkflow, lateExit);
    }

    async Task FollowAsync(TownClient town, DemoScreen screen, CancellationToken ct)
    {
        try
        {
            await foreach (var entry in town.FollowEventsAsync(0, ct: ct))
                if (_state.Apply(entry) is { } line) screen.Say(line);
        }
        catch (Exception e) when (e is TownUnreachableException or OperationCanceledException) { }     // the town was stopped, or the demo was
    }

    /// <summary>The polecats go, and with them their worktrees: what they made is in main.</summary>
    async Task RetireAsync(TownClient town, DemoDirectory directory, CancellationToken ct)
    {
        foreach (var agent in (await town.Agents().SendAsync(ct)).Items.Where(a => a.Role == "polecats")) await town.RetireAgent(agent.Id, "the demo is over").SendAsync(ct);
        for (var tries = 0; tries < 100 && directory.Worktrees(kind).Any(); tries++) await Task.Delay(TimeSpan.FromMilliseconds(100), clock, ct);
    }

    int Summary(IReadOnlyList<DemoCheck> results, string root, bool keep, double seconds)
    {
        console.WriteLine();
        foreach (var check in results)
        {
            console.Write(new Text(check.Ok ? "  ok      " : "  FAILED  ", new Style(check.Ok ? Color.Green : Color.Red)));
            console.Profile.Out.Writer.WriteLine($"{check.What}: {check.Finding}");
        }
        var good = results.Count > 0 && results.All(r => r.Ok);
        console.WriteLine();
        console.WriteLine(good
            ? $"{results.Count} checks, all good, in {seconds:0.0} s."
            : $"{results.Count(r => !r.Ok)} of {results.Count} checks failed after {seconds:0.0} s. Everything is kept in {root}");
        if (good && !keep) Directory.Delete(root, recursive: true);
        else if (keep) console.WriteLine($"The town's data is in {Path.Combine(root, "town")}; start it again with `cm {(kind.IsStack ? "stack " : "")}up --data {Path.Combine(root, "town")}`.");
        return good ? 0 : 1;
    }
}
