using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.SupervisorTests;

/// <summary>What a node answers over HTTP, and to whom.</summary>
public sealed class HttpTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sessions_are_listed_newest_first_filtered_and_by_pages()
    {
        await using var station = await Station.StartAsync("exit 3");
        var runs = new List<Run>();
        foreach (var agent in new[] { "nux", "toast", "nux" }) runs.Add(await station.DispatchAsync(agent));
        foreach (var run in runs) await station.EndedAsync(run);
        using var client = station.Client();
        async Task<Page<SessionSnapshot>> List(string query) => (await client.GetFromJsonAsync<Page<SessionSnapshot>>($"/sessions{query}", JsonSettings.Web, Ct))!;
        Assert.Equal([runs[2].Session, runs[1].Session, runs[0].Session], (await List("")).Items.Select(s => s.Id));
        Assert.Equal([runs[2].Session, runs[0].Session], (await List("?agent=shop/polecats/nux")).Items.Select(s => s.Id));
        Assert.Equal([runs[1].Session], (await List($"?item={runs[1].Item.Id}&state=exited&live=false&rig=shop")).Items.Select(s => s.Id));
        Assert.Empty((await List("?live=true")).Items);
        var first = await List("?limit=2");
        Assert.Equal([runs[0].Session], (await List($"?limit=2&after={first.Next}")).Items.Select(s => s.Id));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/sessions?state=asleep", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/sessions/{Guid.NewGuid()}", Ct)).StatusCode);
        using var limited = station.Host.Client("elsewhere/polecats/x", Roles.Agent, null, null, "elsewhere");
        limited.BaseAddress = client.BaseAddress;
        Assert.Equal(HttpStatusCode.Forbidden, (await limited.GetAsync($"/sessions/{runs[0].Session}", Ct)).StatusCode);
    }

    [Fact]
    public async Task Output_is_read_from_an_offset_and_live_to_its_end()
    {
        await using var station = await Station.StartAsync("""echo 'grüße'; echo '{"cm":"progress","message":"half-way","percent":50}'; while [ ! -f go ]; do sleep 0.05; done; echo bye""");
        var run = await station.DispatchAsync();
        var session = await station.PrintedAsync(run, "half-way");
        Assert.StartsWith("{\"cm\"", await station.OutputAsync(run, Encoding.UTF8.GetByteCount("grüße\n")));
        await station.UntilAsync(run, s => s.Progress == "half-way (50 %)" && s.LastProgressAt is not null && s.OutputBytes > 10, "the progress is shown");
        await station.SeenAsync<NodeHeartbeat>(h => h.Sessions.Any(s => s.SessionId == run.Session && s.Progress == "half-way (50 %)" && s.Fence == run.Fence), "the heartbeat tells it");

        using var client = station.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/sessions/{run.Session}/output") { Headers = { { "Accept", "text/event-stream" }, { "Last-Event-ID", "3" } } };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
        // "grü" begins with three bytes that the reader has already: g, r and half of a character.
        var (kind, data) = await NextAsync(reader);
        Assert.Equal(("output", 3), (kind, data.GetProperty("offset").GetInt32()));
        Assert.Contains("ße\n", data.GetProperty("text").GetString());
        await File.WriteAllTextAsync(Path.Combine(session.Worktree!, "go"), "", Ct);
        Assert.Equal("bye\n", (await NextAsync(reader)).Data.GetProperty("text").GetString());
        (kind, data) = await NextAsync(reader);
        Assert.Equal(("end", "exited"), (kind, data.GetProperty("state").GetString()));
        Assert.Equal("\n", await reader.ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task A_drained_node_takes_nothing_new_and_withdraws_when_it_is_empty()
    {
        await using var station = await Station.StartAsync("echo started; sleep 300");
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "started");
        using var client = station.Client();
        var verbs = $"/runtime/supervisors/{Station.Node}";
        Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsync($"{verbs}/drain", null, Ct)).StatusCode);
        var refused = await station.DispatchAsync("toast");
        var failed = await station.SeenAsync<SessionStartFailed>(e => e.Session.Id == refused.Session, "session.start-failed");
        Assert.Contains("takes no new", failed.Session.Reason);
        Assert.Equal(StartFault.Town, failed.Fault);
        Assert.Equal(SessionState.Running, (await station.SessionAsync(run.Session)).State);
        Assert.Empty(station.Host.Probe.Of<SupervisorStopped>());

        await client.PostAsync($"{verbs}/stop", null, Ct);
        await station.ReleasedAsync();
        await station.SeenAsync<SupervisorStopped>(e => e.Node.NodeId == Station.Node, "supervisor.stopped");
        Assert.Empty(Station.Processes(run));

        await client.PostAsync($"{verbs}/start", null, Ct);
        await Eventually.TrueAsync(() => station.Host.Probe.Of<SupervisorStarted>().Count == 2, Station.Patience, "the node is offered again", Ct);
        await station.PrintedAsync(await station.DispatchAsync("rust"), "started");
        var list = await client.GetFromJsonAsync<JsonElement>("/runtime/supervisors", Ct);
        Assert.Equal((1, 4), (list.GetProperty("items")[0].GetProperty("live").GetInt32(), list.GetProperty("items")[0].GetProperty("node").GetProperty("slots").GetInt32()));
    }

    [Fact]
    public async Task Only_those_who_may_end_sessions_and_nodes()
    {
        await using var station = await Station.StartAsync("echo started; sleep 300");
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "started");
        using var viewer = station.Client("overseer/eve", Roles.Viewer);
        using var other = station.Client("shop/polecats/toast", Roles.Agent);
        using var self = station.Client(run.Agent, Roles.Agent);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostAsync($"/sessions/{run.Session}/stop", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.PostAsync($"/sessions/{run.Session}/stop", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await self.PostAsync($"/runtime/supervisors/{Station.Node}/stop", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync("/sessions", Ct)).StatusCode);
        // The same agent, but a session of it that is over.
        using var earlier = station.Client(run.Agent, Roles.Agent, run.Assignment, run.Fence - 1);
        var ended = await earlier.PostAsync($"/sessions/{run.Session}/stop", null, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, ended.StatusCode);
        Assert.Contains("session-ended", await ended.Content.ReadAsStringAsync(Ct));
        using var overseer = station.Client();
        Assert.Equal(HttpStatusCode.NotFound, (await overseer.PostAsync("/runtime/supervisors/elsewhere/stop", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await self.PostAsJsonAsync($"/sessions/{run.Session}/handoff", new WithReason("tired"), Ct)).StatusCode);
        Assert.Contains("tired", (await station.HandedOffAsync()).Reason);
    }

    static async Task<(string Kind, JsonElement Data)> NextAsync(StreamReader reader)
    {
        var kind = "";
        while (await reader.ReadLineAsync(Ct) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return (kind, JsonDocument.Parse(line[6..]).RootElement);
        }
        throw new EndOfStreamException();
    }
}
