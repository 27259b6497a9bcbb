using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Demo;

/// <summary>What the demo itself does to its agents: one is killed, one is paused until its lease is gone.</summary>
sealed class DemoScenes(DemoDirectory directory, DemoState state, DemoScreen screen, TownClient town, TimeProvider clock)
{
    /// <summary>Who claims by hand in the second scene.</summary>
    const string LateWorker = "external/late";

    /// <summary>kill -9 to an agent that has unsaved work; the town must give its item to somebody.</summary>
    public async Task KillAsync(DemoItem item, CancellationToken ct)
    {
        var started = await state.WhenAsync(e => e.EventType == "session.started" && e.WorkItemId == item.Id, ct);
        var session = started.Payload.GetProperty("session").Deserialize<Contracts.Supervisor.SessionSnapshot>(ClientJson.Options)!;
        // It says "half-way" once it has written something that is in no commit.
        await foreach (var piece in town.FollowOutputAsync(session.Id, ct: ct))
            if (piece.Text.Contains("half-way", StringComparison.Ordinal)) break;
        screen.Say($"{item.Id}: kill -9 to {session.AgentId}, process group {session.Pid}");
        await directory.SignalGroupAsync(session.Pid!.Value, "KILL", ct);
    }

    /// <summary>A worker claims by hand, is stopped until somebody else has the item done, wakes up and says that it is done.</summary>
    /// <returns>The exit code of its <c>cm done</c>.</returns>
    public async Task<int> PauseAsync(DemoItem item, CancellationToken ct)
    {
        var token = await town.CreateToken(new CreateToken(LateWorker, "agent")).SendAsync(ct);
        await town.Sling(LateWorker, new SlingRequest(item.Id)).SendAsync(ct);
        var commit = await directory.GitAsync(directory.Origin(item.Rig), ct, "rev-parse", "main");
        var spec = new ProcessSpec("sh", [directory.LateScript, .. DemoTown.Self])
        {
            Environment = new Dictionary<string, string?>
            {
                ["CM_URL"] = town.Address.ToString(),
                ["CM_TOKEN"] = token.Token,
                ["CM_AGENT"] = LateWorker,
                ["DEMO_DIR"] = directory.Late,
                ["DEMO_ITEM"] = item.Id,
                ["DEMO_COMMIT"] = commit,
            },
        };
        await using var worker = LongProcess.Start(spec, (_, _) => ValueTask.CompletedTask, clock);
        await FileAsync("claimed", ct);
        await directory.SignalGroupAsync(worker.Pid, "STOP", ct);
        screen.Say($"{item.Id}: {LateWorker} is paused (SIGSTOP) with its lease running");
        await state.WhenAsync(e => e.EventType == "lease.expired" && e.WorkItemId == item.Id, ct);
        await town.Sling(ActorAddress.Pool(item.Rig), new SlingRequest(item.Id, Move: true)).SendAsync(ct);
        await state.WhenAsync(e => e.EventType == "lease.granted" && e.WorkItemId == item.Id && e.Payload.GetProperty("assignment").GetProperty("fence").GetInt64() > 1, ct);
        await directory.SignalGroupAsync(worker.Pid, "CONT", ct);
        await File.WriteAllTextAsync(Path.Combine(directory.Late, "go"), "", ct);
        screen.Say($"{item.Id}: {LateWorker} wakes up and says that it is done");
        await FileAsync("late.exit", ct);
        var exit = int.Parse(File.ReadAllText(Path.Combine(directory.Late, "late.exit")), System.Globalization.CultureInfo.InvariantCulture);
        screen.Say($"{item.Id}: {LateWorker} is answered: {File.ReadAllText(Path.Combine(directory.Late, "done.out")).Trim().Split('\n')[0]}");
        return exit;
    }

    async Task FileAsync(string name, CancellationToken ct)
    {
        while (!File.Exists(Path.Combine(directory.Late, name))) await Task.Delay(TimeSpan.FromMilliseconds(50), clock, ct);
    }
}
