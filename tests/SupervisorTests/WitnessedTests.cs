using System.Net;
using System.Net.Http.Json;
using System.Text;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.SupervisorTests;

/// <summary>What a witness asks of a node: to say something, to end a spawn, to pass its work on; and what the node tells it.</summary>
public sealed class WitnessedTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    const string Listens = """
        echo up
        while ! grep -qs handoff "$CM_NUDGE_FILE"; do sleep 0.1; done
        cat "$CM_NUDGE_FILE"
        exit 75
        """;

    [Fact]
    public async Task A_nudge_reaches_the_session_it_names_once_and_no_other_spawn()
    {
        await using var station = await Station.StartAsync(Listens);
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "up");
        var session = await station.RunningAsync(run);
        var (stale, nudge) = (Guid.NewGuid(), Guid.NewGuid());
        await station.Host.PublishAsync(new NudgeSession(stale, run.Session, Station.Node, session.StartedAt!.Value.AddSeconds(-1), "handoff", "for the one before", "shop/witness"), Ct);
        var refused = await station.SeenAsync<SessionNudged>(n => n.NudgeId == stale, "the nudge for another spawn is refused");
        Assert.Contains("another spawn", refused.Failure, StringComparison.Ordinal);
        await station.Host.PublishAsync(new StopSession(run.Session, Station.Node, "for the one before", true, "shop/witness", null, session.StartedAt!.Value.AddSeconds(-1)), Ct);
        await station.Host.IdleAsync(Ct);
        Assert.Equal(SessionState.Running, (await station.SessionAsync(run.Session)).State);

        using (var client = station.Client())
            Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsJsonAsync($"/sessions/{run.Session}/nudge", new NudgeRequest("are you well?"), JsonSettings.Web, Ct)).StatusCode);
        await station.Host.PublishAsync(new NudgeSession(nudge, run.Session, Station.Node, session.StartedAt, "handoff", "please hand off", "shop/witness"), Ct);
        await station.Host.PublishAsync(new NudgeSession(nudge, run.Session, Station.Node, session.StartedAt, "handoff", "please hand off", "shop/witness"), Ct);
        await station.HandedOffAsync();
        var lines = (await station.OutputAsync(run)).Split('\n').Where(l => l.Contains("\"kind\"", StringComparison.Ordinal)).ToList();
        Assert.Equal(["are you well?", "please hand off"], lines.Select(l => System.Text.Json.JsonElement.Parse(l).GetProperty("text").GetString()));
        using (var client = station.Client())
            Assert.Equal(HttpStatusCode.Conflict, (await client.PostAsJsonAsync($"/sessions/{run.Session}/nudge", new NudgeRequest("still there?"), JsonSettings.Web, Ct)).StatusCode);
    }

    [Fact]
    public async Task A_stop_that_names_who_goes_on_hands_the_work_there()
    {
        await using var station = await Station.StartAsync("echo up; sleep 300");
        var run = await station.DispatchAsync();
        var session = await station.RunningAsync(run);
        await station.Host.PublishAsync(new StopSession(run.Session, Station.Node, "stuck", true, "shop/witness", "shop/pool", session.StartedAt), Ct);
        var handoff = await station.HandedOffAsync();
        Assert.Equal(("shop/pool", "stuck"), (handoff.To, handoff.Reason));
        Assert.Empty(Station.Processes(run));
    }

    [Fact]
    public async Task A_session_that_computes_in_silence_is_seen_to_be_busy_and_one_that_sleeps_is_not()
    {
        await using var station = await Station.StartAsync("while :; do :; done");
        var busy = await station.DispatchAsync();
        await station.SeenAsync<NodeHeartbeat>(h => h.Sessions.Any(s => s.SessionId == busy.Session && s.BusyAt is not null), "it is seen to compute");
        await station.RigAsync("sleep 300");
        var idle = await station.DispatchAsync("slit");
        await station.RunningAsync(idle);
        var from = station.Host.Probe.Of<NodeHeartbeat>().Count(h => h.Sessions.Any(s => s.SessionId == idle.Session));
        await station.SeenAsync<NodeHeartbeat>(_ => station.Host.Probe.Of<NodeHeartbeat>().Count(h => h.Sessions.Any(s => s.SessionId == idle.Session)) > from + 3, "some heartbeats more");
        Assert.All(station.Host.Probe.Of<NodeHeartbeat>().SelectMany(h => h.Sessions).Where(s => s.SessionId == idle.Session), s => Assert.Null(s.BusyAt));
    }

    [Theory]
    [InlineData("a\nb\nc\n", 0), InlineData("a\na\na\n", 2), InlineData("a\nb\na\nb\na\nb\n", 4), InlineData("a\na\nb\n", 0), InlineData("a\n\n \na\n", 1), InlineData("a\na", 0), InlineData("a\r\na\n", 1)]
    public void Lines_that_were_printed_shortly_before_are_counted_until_a_new_one_comes(string output, int expected)
    {
        var (whole, pieces) = (new RepeatCounter(), new RepeatCounter());
        whole.Feed(Encoding.UTF8.GetBytes(output));
        foreach (var b in Encoding.UTF8.GetBytes(output)) pieces.Feed([b]);
        Assert.Equal((expected, expected), (whole.InARow, pieces.InARow));
    }

    [Theory]
    [InlineData("2026-11-27T09:26:03Z retry 1 in 250ms", "2026-11-27T09:26:17Z retry 2 in 500ms", true)]
    [InlineData("[12:01:07.331] waiting for pid 4242", "[12:01:09.004] waiting for pid 4243", true)]
    [InlineData("27/11/2026 no lock yet", "28/11/2026 no lock yet", true)]
    [InlineData("at 3fa9c1d2 nothing", "at 77b0e4aa nothing", true)]
    [InlineData("id 0198c0de-1111-7abc-8000-00000000aa01 unknown", "id 0198c0df-2222-7def-9000-00000000bb02 unknown", true)]
    [InlineData("compiling 13/240", "compiling 14/240", false)]
    [InlineData("downloaded 40% (12 MB)", "downloaded 41% (12 MB)", false)]
    [InlineData("step 7 of 9", "step 8 of 9", false)]
    [InlineData("PASS case12", "PASS case13", false)]
    [InlineData("reading a.cs", "reading b.cs", false)]
    public void A_time_or_a_number_makes_no_new_line_but_a_share_of_a_whole_does(string first, string second, bool same)
    {
        var counter = new RepeatCounter();
        counter.Feed(Encoding.UTF8.GetBytes($"{first}\n{second}\n"));
        Assert.Equal(same ? 1 : 0, counter.InARow);
    }

    [Fact]
    public void A_line_without_end_takes_no_more_memory_than_a_long_one()
    {
        var counter = new RepeatCounter();
        for (var i = 0; i < 2; i++) counter.Feed(Encoding.UTF8.GetBytes(new string('y', 100_000 + i) + "\n"));
        Assert.Equal(1, counter.InARow);
    }

    [Fact]
    public void What_was_printed_long_ago_is_new_again()
    {
        var counter = new RepeatCounter();
        counter.Feed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 40).Select(i => $"line {new string('x', i)}\n")) + "line \n"));
        Assert.Equal(0, counter.InARow);
    }
}
