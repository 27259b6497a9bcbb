using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.WorkTests.Outside;

/// <summary><c>POST /ingest</c>, in process on SQLite.</summary>
public sealed class IngestTests : WorkHost
{
    const string Secret = "a secret of sixteen or more", Cloud = "application/cloudevents+json";

    HttpClient _publisher = null!, _nobody = null!;

    protected override async Task<IReadOnlyDictionary<string, string?>> SettingsAsync() => new Dictionary<string, string?>(await base.SettingsAsync())
    {
        ["Work:Ingest:Sources:jira:Secret"] = Secret,
        ["Work:Ingest:Sources:narrow:Secret"] = Secret,
        ["Work:Ingest:Sources:narrow:Rigs:0"] = "bank",
        ["Work:Ingest:Sources:github:Secret"] = Secret,
        ["Work:Ingest:Sources:github:Repositories:0:Repository"] = "acme/shop",
        ["Work:Ingest:Sources:github:Repositories:0:Rig"] = "shop",
        ["Work:Ingest:UnusualRejections"] = "3",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _publisher = Host.Client("external/ci", Roles.Publisher);
        _nobody = new HttpClient { BaseAddress = Host.Address };
    }

    [Fact]
    public async Task The_life_of_an_item_told_by_an_outside_system()
    {
        var made = await TakeAsync(Event("1", "create", new { rigId = "shop", title = "Fix login", labels = new[] { "auth" }, externalRef = "SHOP-7" }));
        var id = Assert.Single(made.WorkItemIds);
        Assert.Equal("accepted", made.Status);
        var item = await ShowAsync(id);
        Assert.Equal(("Fix login", "external/ci", "SHOP-7"), (item.Title, item.CreatedBy, item.ExternalRef));

        await TakeAsync(Event("2", "update", new { priority = 0 }, subject: id));
        await TakeAsync(Event("3", "comment", new { workItemId = id, text = "Customers wait." }));
        await TakeAsync(Event("4", "close", new { externalRef = "SHOP-7", kind = "cancelled", reason = "Not ours." }));
        item = await ShowAsync(id);
        Assert.Equal((0, WorkItemState.Closed, OutcomeKind.Cancelled, "external/ci"), (item.Priority, item.State, item.Outcome!.Kind, item.Outcome.By));
        Assert.Equal(["external/ci"], (await EventsAsync($"&workItem={id}")).Select(e => e.ActorAgentId).Distinct());
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task The_same_message_again_has_no_second_effect_and_the_same_answer()
    {
        var body = Event("1", "create", new { rigId = "shop", title = "Once" });
        var made = await TakeAsync(body);
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TakeAsync(body)));
        Assert.All(all, again => Assert.Equal(("duplicate", made.WorkItemIds[0]), (again.Status, again.WorkItemIds[0])));
        Assert.Equal(8, (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TakeAsync(Event("2", "create", new { rigId = "shop", title = "Raced" }))))).Length);
        Assert.Equal(2, (await ReadyAsync()).Count);
        // Another source's id is another message.
        Assert.Equal("accepted", (await TakeAsync(Event("1", "create", new { rigId = "shop", title = "Other" }, source: "/other"))).Status);
    }

    [Fact]
    public async Task A_bare_body_has_its_type_and_id_beside_it()
    {
        HttpRequestMessage Bare(string? id) => Request("""{"rigId":"shop","title":"Bare"}""", "application/json", "?type=claudemanage.work-item.create", ("Idempotency-Key", id));
        var made = await OkAsync(_publisher, Bare("b1"));
        Assert.Equal(("duplicate", made.WorkItemIds[0]), ((await OkAsync(_publisher, Bare("b1"))).Status, made.WorkItemIds[0]));
        Assert.Equal("accepted", (await OkAsync(_publisher, Bare("b2"))).Status);
        Assert.Contains("id", (await RefuseAsync(_publisher, Bare(null), 400, "invalid")).GetProperty("detail").GetString());
        var header = await OkAsync(_publisher, Request("""{"rigId":"shop","title":"Header"}""", "application/json", "", ("X-ClaudeManage-Type", "claudemanage.work-item.create"), ("Idempotency-Key", "b3")));
        Assert.Equal("accepted", header.Status);
    }

    [Fact]
    public async Task A_signature_is_checked_over_the_bytes_and_a_captured_body_is_worth_nothing()
    {
        var body = """{ "rigId": "shop",  "title": "Signed — ✓" }""";
        HttpRequestMessage Signed(string signature, string id, string source = "jira") =>
            Request(body, "application/json", $"?source={source}&type=claudemanage.work-item.create", ("X-ClaudeManage-Signature", signature), ("Idempotency-Key", id));
        var made = await OkAsync(_nobody, Signed(Sign(body), "s1"));
        Assert.Equal("external/jira", (await ShowAsync(made.WorkItemIds[0])).CreatedBy);
        Assert.Equal("duplicate", (await OkAsync(_nobody, Signed(Sign(body), "s1"))).Status);
        // Captured and sent again under another id, or as something else.
        Assert.Equal("duplicate", (await OkAsync(_nobody, Signed(Sign(body), "s2"))).Status);

        foreach (var wrong in new[] { Sign(body + " "), "sha256=", Sign(body)["sha256=".Length..], "sha256=" + new string('0', 64) })
            await RefuseAsync(_nobody, Signed(wrong, "s3"), 401, "bad-signature");
        await RefuseAsync(_nobody, Signed(Sign(body), "s3", source: "nobody"), 401, "bad-signature");
        await RefuseAsync(_nobody, Signed(Sign(body), "s3", source: ""), 401, "bad-signature");
        await RefuseAsync(_publisher, Signed("sha256=00", "s3"), 401, "bad-signature");
        await RefuseAsync(_nobody, Signed(Sign(body), "s3", source: "narrow"), 403, "forbidden");
        Assert.Single(await ReadyAsync());
    }

    [Fact]
    public async Task Only_a_publisher_or_an_operator_may_without_a_signature()
    {
        var body = Event("1", "create", new { rigId = "shop", title = "T" });
        await RefuseAsync(_nobody, Request(body, Cloud), 401, "unauthorized");
        await RefuseAsync(Host.Client("overseer/eve", Roles.Viewer), Request(body, Cloud), 403, "forbidden");
        await RefuseAsync(Host.Client("shop/crew/ada", Roles.Agent), Request(body, Cloud), 403, "forbidden");
        await RefuseAsync(Host.Client("external/ci", Roles.Publisher, rigs: "bank"), Request(body, Cloud), 403, "forbidden");
        Assert.Equal("accepted", (await OkAsync(Http, Request(body, Cloud))).Status);
        // A publisher may only do this.
        await RefusedAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "T"), 403, "forbidden", by: _publisher);
    }

    [Fact]
    public async Task What_is_wrong_is_refused_with_its_place_remembered_and_many_of_it_are_an_incident()
    {
        async Task<string?> Wrong(string body, int status, string code)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return (await RefuseAsync(_publisher, Request(body, Cloud), status, code)).GetProperty("pointer").GetString();
        }
        Assert.Equal("/data/rigId", await Wrong(Event("1", "create", new { rigId = "nowhere", title = "T" }), 404, "not-found"));
        Assert.Equal("/data/title", await Wrong(Event("1", "create", new { rigId = "shop" }), 400, "invalid"));
        Assert.Empty(Host.Probe.Of<RaiseIncident>());
        Assert.Equal("/subject", await Wrong(Event("1", "update", new { title = "T" }, subject: "sh-nope1"), 404, "not-found"));
        Assert.Equal("", await Wrong("{", 400, "malformed"));
        await Host.IdleAsync(Ct);
        Assert.All(Host.Probe.Of<RaiseIncident>(), i => Assert.Equal("ingest-rejected:external/ci", i.Cause));
        Assert.Equal(2, Host.Probe.Of<RaiseIncident>().Count);

        var remembered = await SendAsync<Page<IngestRejection>>(HttpMethod.Get, "/ingest/rejections", null);
        Assert.Equal(["$.data.rigId", "$.data.title", "$.subject", "$"], remembered.Items.Reverse().Select(r => r.Path));
        // What was refused had no effect, and comes through once it is right.
        Assert.Equal("accepted", (await TakeAsync(Event("1", "create", new { rigId = "shop", title = "T" }))).Status);

        Clock.Advance(TimeSpan.FromDays(8));
        await Wrong("[]", 400, "invalid");
        Assert.Single((await SendAsync<Page<IngestRejection>>(HttpMethod.Get, "/ingest/rejections", null)).Items);
        await RefusedAsync(HttpMethod.Get, "/ingest/rejections", null, 403, "forbidden", by: _publisher);
    }

    [Fact]
    public async Task A_huge_body_is_refused()
    {
        using var answer = await _publisher.SendAsync(Request(Event("1", "create", new { rigId = "shop", title = "T", description = new string('x', 2 << 20) }), Cloud), Ct);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(await ReadyAsync());
    }

    [Fact]
    public async Task An_issue_on_GitHub_is_work_here()
    {
        Assert.Equal("pong", (await GitHubAsync("ping", """{"zen":"Keep it logically awesome."}""", "d0")).Detail);
        var opened = GitHubSample.Issue("opened", labels: ["bug", "auth"]);
        var id = Assert.Single((await GitHubAsync("issues", opened, "d1")).WorkItemIds);
        var item = await ShowAsync(id);
        Assert.Equal(("Login fails", "Since **Monday**.", WorkItemType.Bug, "github:acme/shop#12", "external/github"), (item.Title, item.Description, item.Type, item.ExternalRef, item.CreatedBy));
        Assert.Equal(["bug", "auth"], item.Labels);
        Assert.Equal("duplicate", (await GitHubAsync("issues", opened, "d1")).Status);
        Assert.Equal("duplicate", (await GitHubAsync("issues", opened, "captured")).Status);

        await GitHubAsync("issues", GitHubSample.Issue("edited", title: "Login fails often", body: "", labels: ["auth"]), "d2");
        item = await ShowAsync(id);
        Assert.Equal(("Login fails often", null), (item.Title, item.Description));
        Assert.Equal(["auth"], item.Labels);

        await GitHubAsync("issues", GitHubSample.Issue("closed", "not_planned"), "d3");
        Assert.Equal(OutcomeKind.Cancelled, (await ShowAsync(id)).Outcome!.Kind);
        Assert.Equal("ignored", (await GitHubAsync("issues", GitHubSample.Issue("closed", "completed"), "d4")).Status);
        await GitHubAsync("issues", GitHubSample.Issue("reopened", "reopened"), "d5");
        Assert.Equal(WorkItemState.Open, (await ShowAsync(id)).State);
        Assert.Equal("ignored", (await GitHubAsync("issues", GitHubSample.Issue("pinned"), "d6")).Status);
        Assert.Equal("ignored", (await GitHubAsync("issues", GitHubSample.Issue("closed", "completed", number: 13), "d7")).Status);
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task A_webhook_that_is_not_signed_not_mapped_or_not_whole_is_refused()
    {
        var opened = GitHubSample.Issue("opened");
        await RefuseAsync(_nobody, GitHub("issues", opened, "d1", Sign(opened + " ")), 401, "bad-signature");
        await RefuseAsync(_nobody, Request(opened, "application/json", "", ("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "d1")), 401, "unauthorized");
        var elsewhere = opened.Replace("Acme/Shop\",\"private", "acme/bank\",\"private");
        await RefuseAsync(_nobody, GitHub("issues", elsewhere, "d1", Sign(elsewhere)), 422, "repository-unknown");
        foreach (var (broken, at) in new[] { ("{}", "/issue/number"), ("""{"issue":{"number":1},"action":7}""", "/action"), ("{", "") })
            Assert.Equal(at, (await RefuseAsync(_nobody, GitHub("issues", broken, "d1", Sign(broken)), 400, at.Length == 0 ? "malformed" : "invalid")).GetProperty("pointer").GetString());
        Assert.Empty(await ReadyAsync());
    }

    static string Event(string id, string verb, object data, string? subject = null, string source = "https://ci.example.com") =>
        JsonSerializer.Serialize(new { specversion = "1.0", id, source, type = $"claudemanage.work-item.{verb}", subject, datacontenttype = "application/json", data });

    static string Sign(string body) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(body)));

    static HttpRequestMessage Request(string body, string type, string query = "", params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/ingest" + query) { Content = new StringContent(body, Encoding.UTF8, type) };
        foreach (var (name, value) in headers) if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    static HttpRequestMessage GitHub(string occasion, string body, string delivery, string signature) =>
        Request(body, "application/json", "", ("X-GitHub-Event", occasion), ("X-GitHub-Delivery", delivery), ("X-Hub-Signature-256", signature));

    Task<IngestResult> GitHubAsync(string occasion, string body, string delivery) => OkAsync(_nobody, GitHub(occasion, body, delivery, Sign(body)));

    Task<IngestResult> TakeAsync(string body) => OkAsync(_publisher, Request(body, Cloud));

    static async Task<IngestResult> OkAsync(HttpClient by, HttpRequestMessage request)
    {
        using var answer = await by.SendAsync(request, Ct);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Ct)}");
        return (await answer.Content.ReadFromJsonAsync<IngestResult>(JsonSettings.Web, Ct))!;
    }

    static async Task<JsonElement> RefuseAsync(HttpClient by, HttpRequestMessage request, int status, string code)
    {
        using var answer = await by.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        Assert.Equal(code, JsonElement.Parse(text).GetProperty("code").GetString());
        return JsonElement.Parse(text);
    }
}
