using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Bench;

/// <summary>
/// A convoy that slings by itself over a chain of items, each ready when the one before is closed: from the moment that Work says it is ready to the
/// first instruction of the agent's program. Nobody else does anything meanwhile but read the town's answers.
/// </summary>
static class ConvoyDispatch
{
    const int WarmUp = 5, Samples = 40;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var scene = await MarkingAgent.MakeAsync(context, ct);
        var reference = await SlingToStart.ReferenceAsync(scene, ct);
        await using var town = await scene.StartAsync(context, ct);
        var chain = (await town.Client.CreateWorkItems([.. Enumerable.Range(0, WarmUp + Samples + 1).Select(i => new CreateWorkItem("bench", $"Link {i}", Key: $"k{i}", DependsOn: i == 0 ? null : [$"#k{i - 1}"]))]).SendAsync(ct))
            .Items.Select(i => i.Id).ToList();
        await Setup.QuietAsync(town.Client, ct);
        await town.Client.CreateConvoy(new CreateConvoyRequest("Chain", chain, Dispatch: Contracts.Convoy.ConvoyDispatch.Auto, Launch: true)).SendAsync(ct);
        var times = new List<double>();
        for (var i = 1; i < chain.Count; i++)
        {
            var started = await scene.StartedAsync(chain[i], context.Clock, ct);
            if (i <= WarmUp) continue;
            var ready = (await town.Client.WorkItemEvents(chain[i]).SendAsync(ct)).Items.First(e => e.EventType == WorkItemReady.Type).EmittedAt;
            times.Add((started - ready).TotalMilliseconds);
        }
        return [Row(50), Row(99)];

        BenchRow Row(int percentile)
        {
            var (own, bare) = (Stats.Percentile(times, percentile), Stats.Percentile(reference, percentile));
            return new($"convoy: item ready → agent process started, p{percentile}", $"{own:0} ms", $"{bare:0} ms", own / bare, "", null);
        }
    }
}
