using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.GatewayTests;

/// <summary>Sessions and nodes are found where they are, and what all nodes have is put together.</summary>
public sealed class NodeTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_is_read_from_the_node_that_has_it()
    {
        await using var town = await NodeTown.StartAsync("n1", "n2");
        var (first, second) = (await town.SessionAsync("n1", Samples.Moment, output: "one"), await town.SessionAsync("n2", Samples.Moment, output: "two"));
        using var client = town.Front.Client();
        Assert.Equal("n1", (await client.GetFromJsonAsync<SessionSnapshot>($"/sessions/{first}", JsonSettings.Web, Ct))!.NodeId);
        Assert.Equal("two", await client.GetStringAsync($"/v1/sessions/{second}/output", Ct));
        using var stream = new HttpRequestMessage(HttpMethod.Get, $"/sessions/{second}/output?offset=1") { Headers = { { "Accept", "text/event-stream" } } };
        var text = await (await client.SendAsync(stream, Ct)).Content.ReadAsStringAsync(Ct);
        Assert.Contains("\"text\":\"wo\"", text);
        Assert.Contains("event: end", text);
        Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsJsonAsync($"/sessions/{first}/stop", new WithReason("enough"), JsonSettings.Web, Ct)).StatusCode);
        await (await client.GetAsync($"/sessions/{Guid.NewGuid()}", Ct)).ProblemAsync(404, "not-found");
        // The node judges by the caller's own token.
        await (await town.Front.Client("shop/crew/eve", Roles.Agent).PostAsJsonAsync($"/sessions/{first}/stop", new WithReason(), JsonSettings.Web, Ct)).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_wherever_it_is_missing()
    {
        await using var town = await NodeTown.StartAsync("n1", "n2");
        var (here, there) = (await town.SessionAsync("n1", Samples.Moment), await town.SessionAsync("n2", Samples.Moment.AddMinutes(1)));
        using var client = town.Front.Client();
        Assert.Equal([there, here], Ids(await client.GetFromJsonAsync<JsonElement>("/sessions", Ct)));
        Assert.Equal("n2", (await client.GetFromJsonAsync<SessionSnapshot>($"/sessions/{there}", JsonSettings.Web, Ct))!.NodeId);
        await town.StopAsync("n2");
        await town.AnnounceAsync("n3", null);

        var list = await client.GetFromJsonAsync<JsonElement>("/sessions", Ct);
        Assert.Equal([here], Ids(list));
        Assert.Equal(["n2", "n3"], list.GetProperty("unreachable").EnumerateArray().Select(n => n.GetProperty("nodeId").GetString()));
        Assert.Contains("Supervisor:Url", list.GetProperty("unreachable")[1].GetProperty("reason").GetString());
        var nodes = await client.GetFromJsonAsync<JsonElement>("/runtime/supervisors", Ct);
        Assert.Equal("n1", Assert.Single(nodes.GetProperty("items").EnumerateArray()).GetProperty("node").GetProperty("nodeId").GetString());
        Assert.Equal(2, nodes.GetProperty("unreachable").GetArrayLength());

        // Where it is remembered to be, and where it may be.
        Assert.Contains("The node n2", (await (await client.GetAsync($"/sessions/{there}", Ct)).ProblemAsync(503, "service-unavailable")).GetProperty("detail").GetString());
        Assert.Contains("n2, n3 may have it", (await (await client.GetAsync($"/sessions/{Guid.NewGuid()}", Ct)).ProblemAsync(503, "service-unavailable")).GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/sessions/{here}", Ct)).StatusCode);
    }

    [Fact]
    public async Task The_sessions_of_all_nodes_are_one_list_newest_first_by_pages()
    {
        await using var town = await NodeTown.StartAsync("n1", "n2", "n3");
        var all = new List<(DateTimeOffset At, string Node, int Order, Guid Id)>();
        // Several at one instant, on one node and on several.
        foreach (var (node, minutes) in ((string, int[])[])[("n1", [0, 1, 1, 5]), ("n2", [1, 2, 2, 2]), ("n3", [1, 9])])
            foreach (var minute in minutes)
                all.Add((Samples.Moment.AddMinutes(minute), node, all.Count, await town.SessionAsync(node, Samples.Moment.AddMinutes(minute), node == "n3" ? "mill" : "shop")));
        var expected = all.OrderByDescending(s => s.At).ThenBy(s => s.Node, StringComparer.Ordinal).ThenByDescending(s => s.Order).Select(s => s.Id).ToList();
        using var client = town.Front.Client();
        foreach (var size in (int[])[1, 2, 3, 4, 10, 50])
        {
            var read = new List<Guid>();
            string? next = null;
            do
            {
                using var answer = await client.GetAsync($"/sessions?limit={size}" + (next is null ? "" : $"&after={next}"), Ct);
                var page = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
                Assert.True(Ids(page).Count <= size);
                read.AddRange(Ids(page));
                next = page.GetProperty("next").GetString();
                Assert.Equal(next is not null, answer.Headers.TryGetValues("Link", out var link) && link.Single().Contains("rel=\"next\""));
            }
            while (next is not null);
            Assert.Equal(expected, read);
        }
        Assert.Equal(all.Where(s => s.Node == "n3").Select(s => s.Id).Reverse(), Ids(await client.GetFromJsonAsync<JsonElement>("/sessions?rig=mill", Ct)));
        var limited = town.Front.Client();
        limited.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer",
            ((TokenIssuer)town.Front.Services.GetService(typeof(TokenIssuer))!).Issue("overseer/eve", Roles.Viewer, TimeSpan.FromHours(1), ["mill"]));
        Assert.Equal(2, Ids(await limited.GetFromJsonAsync<JsonElement>("/sessions", Ct)).Count);
        await (await client.GetAsync("/sessions?state=asleep", Ct)).ProblemAsync(400, "invalid");
        await (await client.GetAsync("/sessions?limit=0", Ct)).ProblemAsync(400, "invalid");
    }

    [Fact]
    public async Task A_drained_node_that_withdrew_is_still_found_and_can_be_started_again()
    {
        await using var town = await NodeTown.StartAsync("n1", "n2");
        using var client = town.Front.Client();
        Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsync("/runtime/supervisors/n2/drain", null, Ct)).StatusCode);
        await Eventually.TrueAsync(() => town.Node("n2").Probe.Of<SupervisorStopped>().Count > 0, TimeSpan.FromSeconds(60), "n2 withdraws", Ct);
        Assert.Empty(town.Node("n1").Probe.Of<SupervisorStopped>());
        await town.WithdrawAsync("n2");
        Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsync("/runtime/supervisors/n2/start", null, Ct)).StatusCode);
        await (await client.PostAsync("/runtime/supervisors/n9/drain", null, Ct)).ProblemAsync(404, "not-found");
        await (await town.Front.Client("shop/crew/ada", Roles.Agent).PostAsync("/runtime/supervisors/n1/drain", null, Ct)).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task Where_the_nodes_are_is_known_while_Hook_is_away_and_told_when_it_never_was()
    {
        await using var town = await NodeTown.StartAsync("n1");
        using var client = town.Front.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/runtime/supervisors", Ct)).StatusCode);
        await town.StopHookAsync();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/runtime/supervisors", Ct)).StatusCode);
        await using var blind = await Front.OfWorkAsync([]);
        Assert.Equal("hook", (await (await blind.Client().GetAsync("/sessions", Ct)).ProblemAsync(503, "service-unavailable")).GetProperty("service").GetString());
    }

    static IReadOnlyList<Guid> Ids(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetGuid())];
}
