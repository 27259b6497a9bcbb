using System.Diagnostics;
using System.Globalization;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;

namespace ClaudeManage.Bench;

/// <summary>From the answer to a sling's request being asked for to the first instruction of the agent's program, one after the other; against fork and exec of the same program plus one worktree checkout.</summary>
static class SlingToStart
{
    const int Samples = 40;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var directory = BenchContext.Scratch();
        var processes = new ProcessRunner(context.Clock);
        var origin = Path.Combine(directory, "origin.git");
        var agent = Path.Combine(directory, "agent.sh");
        var marks = Directory.CreateDirectory(Path.Combine(directory, "marks")).FullName;
        await File.WriteAllTextAsync(agent, "#!/bin/sh\ndate +%s%N >\"$MARKS/$CM_WORK_ITEM.new\" && mv \"$MARKS/$CM_WORK_ITEM.new\" \"$MARKS/$CM_WORK_ITEM\"\necho '{\"outcome\":\"no_change\",\"reason\":\"measured\"}' >\"$CM_RESULT_FILE\"\n", ct);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(agent, (UnixFileMode)0b111_101_101);
        await RepositoryAsync(processes, directory, origin, ct);

        var reference = await ReferenceAsync(processes, directory, origin, agent, ct);
        await using var town = await context.StartAsync(Path.Combine(directory, "town"), ct, ("Supervisor__Slots", "4"));
        await town.Client.CreateRig(new CreateRig("bench", "be", origin, Settings: new RigSettings(
            MaxWorkers: 4, RuntimeOptions: new RuntimeOptions([agent], Env: new Dictionary<string, string> { ["MARKS"] = marks })))).SendAsync(ct);
        var times = new List<double>();
        for (var i = 0; i < Samples + 5; i++)
        {
            var item = await town.Client.CreateWorkItem(new CreateWorkItem("bench", $"Start {i}")).SendAsync(ct);
            var begin = context.Clock.GetUtcNow();
            await town.Client.Sling("bench/pool", new SlingRequest(item.Id)).SendAsync(ct);
            var mark = Path.Combine(marks, item.Id);
            while (!File.Exists(mark)) await Task.Delay(TimeSpan.FromMilliseconds(2), context.Clock, ct);
            var started = DateTimeOffset.UnixEpoch.AddTicks(long.Parse(await File.ReadAllTextAsync(mark, ct), CultureInfo.InvariantCulture) / 100);
            if (i >= 5) times.Add((started - begin).TotalMilliseconds);
            await Setup.QuietAsync(town.Client, ct);
        }
        var (p50, p99, r99) = (Stats.Percentile(times, 50), Stats.Percentile(times, 99), Stats.Percentile(reference, 99));
        return
        [
            new BenchRow("sling → agent process started, p50", $"{p50:0} ms", $"{Stats.Percentile(reference, 50):0} ms", p50 / Stats.Percentile(reference, 50), "", null),
            new BenchRow("sling → agent process started, p99", $"{p99:0} ms", $"{r99:0} ms", p99 / r99, "p99 < 2 × reference + 50 ms", p99 < 2 * r99 + 50),
        ];
    }

    static async Task<List<double>> ReferenceAsync(ProcessRunner processes, string directory, string origin, string agent, CancellationToken ct)
    {
        var times = new List<double>();
        var environment = new Dictionary<string, string?> { ["MARKS"] = directory, ["CM_WORK_ITEM"] = "reference", ["CM_RESULT_FILE"] = "/dev/null" };
        for (var i = 0; i < Samples; i++)
        {
            var tree = Path.Combine(directory, $"reference-{i}");
            var begin = Stopwatch.GetTimestamp();
            await processes.RunAsync(new ProcessSpec("git", ["-C", origin, "worktree", "add", "-q", "-b", $"reference-{i}", tree, "main"]), ct);
            await processes.RunAsync(new ProcessSpec(agent, []) { WorkingDirectory = tree, Environment = environment }, ct);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return times;
    }

    static async Task RepositoryAsync(ProcessRunner processes, string directory, string origin, CancellationToken ct)
    {
        var seed = Directory.CreateDirectory(Path.Combine(directory, "seed")).FullName;
        for (var i = 0; i < 200; i++) await File.WriteAllTextAsync(Path.Combine(seed, $"file{i}.txt"), $"line {i}\n", ct);
        foreach (var arguments in new string[][]
        {
            ["init", "-q", "-b", "main"], ["add", "-A"], ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", "commit", "-q", "-m", "seed"], ["clone", "-q", "--bare", seed, origin],
        })
        {
            var result = await processes.RunAsync(new ProcessSpec("git", arguments) { WorkingDirectory = seed }, ct);
            if (!result.Ok) throw new InvalidOperationException(result.StdErr);
        }
    }
}
