using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Work;

namespace ClaudeManage.WorkTests;

/// <summary>What every module gets from the edge, shown on this one: keys, pages, limits.</summary>
public sealed class EdgeTests : WorkHost
{
    [Fact]
    public async Task A_key_covers_one_caller_one_path_and_one_body_and_only_what_was_done()
    {
        var eve = Host.Client("overseer/eve", Roles.Operator);
        var first = await KeyedAsync(Http, "/work-items", new CreateWorkItem("shop", "t"));
        var again = await KeyedAsync(Http, "/work-items", new CreateWorkItem("shop", "t"));
        Assert.Equal((HttpStatusCode.Created, first.Body, first.Location, true), (again.Status, again.Body, again.Location, again.Replayed));
        Assert.False(first.Replayed);
        Assert.NotEqual(first.Body, (await KeyedAsync(eve, "/work-items", new CreateWorkItem("shop", "t"))).Body);

        // The path belongs to it.
        var id = JsonElement.Parse(first.Body).GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.Created, (await KeyedAsync(Http, $"/work-items/{id}/comments", new AddComment("c"))).Status);

        // What was refused was not done: the same key may be used once it is possible.
        Assert.Equal(HttpStatusCode.NotFound, (await KeyedAsync(eve, "/work-items/sh-later/comments", new AddComment("c"))).Status);
        await CreateAsync(new CreateWorkItem("shop", "t", Id: "sh-later"));
        var late = await KeyedAsync(eve, "/work-items/sh-later/comments", new AddComment("c"));
        Assert.Equal((HttpStatusCode.Created, false), (late.Status, late.Replayed));

        var reused = await KeyedAsync(Http, "/work-items", new CreateWorkItem("shop", "other"));
        Assert.Equal((HttpStatusCode.Conflict, "idempotency-key-reused"), (reused.Status, JsonElement.Parse(reused.Body).GetProperty("code").GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, (await KeyedAsync(Http, "/work-items", new CreateWorkItem("shop", "t"), new string('k', 201))).Status);

        // After a day it is forgotten.
        Clock.Advance(TimeSpan.FromHours(25));
        var tomorrow = await KeyedAsync(Http, "/work-items", new CreateWorkItem("shop", "other"));
        Assert.Equal((HttpStatusCode.Created, false), (tomorrow.Status, tomorrow.Replayed));
    }

    [Fact]
    public async Task The_same_key_at_the_same_moment_makes_one_item()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => KeyedAsync(Http, "/work-items", new CreateWorkItem("shop", "t"))));
        Assert.All(answers, a => Assert.Equal((HttpStatusCode.Created, answers[0].Body), (a.Status, a.Body)));
        Assert.Single(answers, a => !a.Replayed);
        Assert.Single(await ReadyAsync());
    }

    [Fact]
    public async Task The_link_of_a_page_leads_to_the_next_until_there_is_none()
    {
        var made = new List<string>();
        for (var i = 0; i < 5; i++) made.Add((await CreateAsync(new CreateWorkItem("shop", $"t{i}", Labels: ["a b"]))).Id);
        var seen = new List<string>();
        for (var next = "/work-items?ready=true&label=a%20b&limit=2"; next is not null;)
        {
            using var answer = await Http.GetAsync(next, Ct);
            var page = (await answer.Content.ReadFromJsonAsync<Page<WorkItemSnapshot>>(JsonSettings.Web, Ct))!;
            seen.AddRange(page.Items.Select(i => i.Id));
            var link = answer.Headers.TryGetValues("Link", out var links) ? links.Single() : null;
            Assert.Equal(page.Next is null, link is null);
            Assert.True(link is null || link.StartsWith("</work-items?", StringComparison.Ordinal) && link.EndsWith(">; rel=\"next\"", StringComparison.Ordinal), link);
            next = link?[1..link.IndexOf('>', StringComparison.Ordinal)];
        }
        Assert.Equal(made.Order(), seen.Order());
    }

    [Fact]
    public async Task More_requests_than_a_token_may_make_are_put_off_and_others_are_served()
    {
        await using var host = await ModuleTestHost.StartAsync([new WorkModule()], settings: new Dictionary<string, string?> { ["Edge:RequestBurst"] = "3", ["Edge:RequestsPerSecond"] = "1" });
        using var busy = host.Client("shop/crew/ada", Roles.Agent);
        HttpResponseMessage? refused = null;
        for (var i = 0; i < 50 && refused is null; i++)
            if (await busy.GetAsync("/rigs", Ct) is { StatusCode: HttpStatusCode.TooManyRequests } no) refused = no;
        Assert.Equal("1", Assert.Single(refused!.Headers.GetValues("Retry-After")));
        Assert.Equal("too-many-requests", JsonElement.Parse(await refused.Content.ReadAsStringAsync(Ct)).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.OK, (await host.Client("shop/crew/bob", Roles.Agent).GetAsync("/rigs", Ct)).StatusCode);
    }

    static async Task<(HttpStatusCode Status, string Body, Uri? Location, bool Replayed)> KeyedAsync(HttpClient http, string path, object body, string key = "k1")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType(), options: JsonSettings.Web), Headers = { { "Idempotency-Key", key } } };
        using var answer = await http.SendAsync(request, Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct), answer.Headers.Location, answer.Headers.Contains("Idempotency-Replayed"));
    }
}
