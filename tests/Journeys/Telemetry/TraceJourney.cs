using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Telemetry;

/// <summary>A town that sends its telemetry to a collector, seen from the collector; and one that sends none.</summary>
public sealed class TraceJourney : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly ScratchDirectory _scratch = new("trace");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task One_trace_runs_from_the_request_that_created_an_item_to_the_commit_that_landed_it(bool grpc)
    {
        await using var collector = await OtlpCollector.StartAsync(Ct);
        await using var town = await TownProcess.StartAsync(_scratch["town"], Ct, collector.Settings(grpc));
        using var story = new TraceStory();

        var trace = await story.PlayAsync(town, collector, "shop", "sh");

        Assert.All(trace, s => Assert.Equal("town", s.Service));
        var claim = trace.Single(s => s.Name == "claim");
        await CheckLogsAsync(collector, town, claim.WorkItem!, claim.TraceId);
        await CheckMetricsAsync(collector);
        Assert.Contains("OpenTelemetry.dll", await MapsAsync(town));
        Assert.DoesNotContain("could not be read", town.Log);
        Assert.Equal(0, await town.StopAsync());
    }

    [Fact]
    public async Task The_trace_of_an_item_outlives_the_town_and_takes_in_whoever_comes_later()
    {
        await using var collector = await OtlpCollector.StartAsync(Ct);
        await using var town = await TownProcess.StartAsync(_scratch["town"], Ct, collector.Settings());
        var client = await town.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig("plain", "pl")).SendAsync(Ct);
        var item = await client.CreateWorkItem(new CreateWorkItem("plain", "By hand")).SendAsync(Ct);
        await client.Sling("plain/pool", new SlingRequest(item.Id)).SendAsync(Ct);
        await Eventually.TrueAsync(() => collector.Metrics.Any(m => m.Name == "claudemanage.hook.queue.depth" && m.Points.Any(p => p.Attributes["rig"] == "plain" && p.Value == 1)), Patience, "the depth of the queue", Ct);
        await town.StopAsync();
        await town.StartAsync(Ct);
        client = await town.OverseerAsync(Ct);
        var claim = (await client.Claim("plain/pool").SendAsync(Ct))!;
        await town.StopAsync();
        await town.StartAsync(Ct);
        client = await town.OverseerAsync(Ct);
        await client.Done(item.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed, "done by hand")).SendAsync(Ct);

        var trace = await ItemTrace.WholeAsync(collector, item.Id, [.. ItemTrace.Landed.Where(s => s.Name is "create" or "sling" or "claim" or "done")], "work-assignment-facts", Ct);

        // Those who came later asked in traces of their own, which are linked.
        foreach (var name in new[] { "sling", "claim", "done" })
            Assert.NotEqual(trace[0].TraceId, Assert.Single(trace.Single(s => s.Scope == "ClaudeManage.Hook" && s.Name == name).Links));
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_of_it_is_loaded_and_no_trace_is_kept()
    {
        await using var town = await TownProcess.StartAsync(_scratch["town"], Ct);
        var client = await town.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig("plain", "pl")).SendAsync(Ct);
        var item = await client.CreateWorkItem(new CreateWorkItem("plain", "By hand")).SendAsync(Ct);
        await client.Sling("plain/pool", new SlingRequest(item.Id)).SendAsync(Ct);
        Assert.NotNull(await client.Claim("plain/pool").SendAsync(Ct));

        var maps = await MapsAsync(town);
        Assert.Contains("ClaudeManage.Hook.dll", maps);
        Assert.DoesNotContain("OpenTelemetry", maps);
        Assert.Equal(0, await town.StopAsync());
        await using var hook = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_scratch["town", "db", "hook.db"]};Mode=ReadOnly;Pooling=false");
        await hook.OpenAsync(Ct);
        await using var command = hook.CreateCommand();
        command.CommandText = "select count(*), count(trace_parent) from assignments";
        await using var reader = await command.ExecuteReaderAsync(Ct);
        Assert.True(await reader.ReadAsync(Ct));
        Assert.Equal((1, 0), (reader.GetInt32(0), reader.GetInt32(1)));
    }

    /// <summary>A line about the item carries its trace, its id and who caused it; on the console too.</summary>
    static async Task CheckLogsAsync(OtlpCollector collector, TownProcess town, string item, string trace)
    {
        var log = await Eventually.ResultAsync(() => Task.FromResult(collector.Logs.FirstOrDefault(l => l.Body.Contains("landed on main", StringComparison.Ordinal))), Patience, "the log line of the landing", Ct);
        Assert.Equal(("town", trace), (log.Service, log.TraceId));
        Assert.Equal((item, "system/refinery"), (log.Attributes["work_item"], log.Attributes["actor"]));
        Assert.EndsWith($"({item} system/refinery {trace})", town.Log.Split('\n').Single(l => l.Contains("landed on main", StringComparison.Ordinal)).TrimEnd());
    }

    static async Task CheckMetricsAsync(OtlpCollector collector)
    {
        string[] wanted =
        [
            "claudemanage.outbox.messages", "claudemanage.outbox.age", "claudemanage.dead_letters", "claudemanage.hook.claim.duration", "claudemanage.hook.done.duration",
            "claudemanage.hook.renew.duration", "claudemanage.refinery.gate.duration", "claudemanage.refinery.merge.duration", "claudemanage.supervisor.sessions.ended",
        ];
        foreach (var name in wanted)
            await Eventually.TrueAsync(() => collector.Metrics.Any(m => m is { Service: "town", Meter: "ClaudeManage", Points.Count: > 0 } && m.Name == name), Patience, $"the metric {name}", Ct);
        Assert.Contains(collector.Metrics.Where(m => m.Name == "claudemanage.refinery.merge.duration").SelectMany(m => m.Points), p => p.Attributes["state"] == "merged" && p.Value == 1);
        foreach (var meter in new[] { "MassTransit", "Microsoft.AspNetCore.Hosting" }) Assert.Contains(collector.Metrics, m => m.Meter == meter);
    }

    static Task<string> MapsAsync(TownProcess town) => File.ReadAllTextAsync($"/proc/{town.Pid}/maps", Ct);

    /// <inheritdoc />
    public void Dispose() => _scratch.Dispose();
}
