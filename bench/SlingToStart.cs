using System.Diagnostics;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Git;

namespace ClaudeManage.Bench;

/// <summary>From the answer to a sling's request being asked for to the first instruction of the agent's program, one after the other; against fork and exec of the same program plus one worktree checkout.</summary>
static class SlingToStart
{
    const int Samples = 40;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var scene = await MarkingAgent.MakeAsync(context, ct);
        var reference = await ReferenceAsync(scene, ct);
        await using var town = await scene.StartAsync(context, ct);
        var times = new List<double>();
        for (var i = 0; i < Samples + 5; i++)
        {
            var item = await town.Client.CreateWorkItem(new CreateWorkItem("bench", $"Start {i}")).SendAsync(ct);
            var begin = context.Clock.GetUtcNow();
            await town.Client.Sling("bench/pool", new SlingRequest(item.Id)).SendAsync(ct);
            var started = await scene.StartedAsync(item.Id, context.Clock, ct);
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

    /// <summary>Milliseconds of a checkout and a run of the agent's program, each time.</summary>
    public static async Task<List<double>> ReferenceAsync(MarkingAgent scene, CancellationToken ct)
    {
        var times = new List<double>();
        var environment = new Dictionary<string, string?> { ["MARKS"] = scene.Directory, ["CM_WORK_ITEM"] = "reference", ["CM_RESULT_FILE"] = "/dev/null" };
        for (var i = 0; i < Samples; i++)
        {
            var tree = Path.Combine(scene.Directory, $"reference-{i}");
            var begin = Stopwatch.GetTimestamp();
            await scene.Processes.RunAsync(new ProcessSpec("git", ["-C", scene.Origin, "worktree", "add", "-q", "-b", $"reference-{i}", tree, "main"]), ct);
            await scene.Processes.RunAsync(new ProcessSpec(scene.Program, []) { WorkingDirectory = tree, Environment = environment }, ct);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return times;
    }
}
