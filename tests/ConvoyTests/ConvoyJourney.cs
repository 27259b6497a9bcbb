using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.ConvoyTests;

/// <summary>The module through its door: messages in, HTTP out.</summary>
public sealed class ConvoyJourney : IAsyncLifetime
{
    ModuleTestHost _host = null!;
    HttpClient _http = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await ModuleTestHost.StartAsync([new ConvoyModule()], settings: new Dictionary<string, string?> { ["Convoy:UnknownItemWaitMilliseconds"] = "0" });
        _http = _host.Client();
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    async Task CloseAsync(string id, long version = 5)
    {
        await _host.PublishAsync(new WorkItemClosed(Samples.Event(WorkItemClosed.Type, workItemId: id), Samples.Item(id, version: version, state: WorkItemState.Closed)), Ct);
        await _host.IdleAsync(Ct);
    }

    async Task EnsureAsync(string convoy, params string[] items)
    {
        await _host.PublishAsync(new EnsureConvoy(convoy, "Login", items, "overseer"), Ct);
        await _host.IdleAsync(Ct);
    }

    async Task<ConvoyDetail> ReadAsync(string id) => (await _http.GetFromJsonAsync<ConvoyDetail>($"/convoys/{id}", JsonSettings.Web, Ct))!;

    [Fact]
    public async Task A_convoy_made_by_a_sling_lands_exactly_once()
    {
        await EnsureAsync("hq-cv-aaaaa", "sh-1");
        await EnsureAsync("hq-cv-aaaaa", "sh-1");
        Assert.Equal(ConvoyState.Open, (await ReadAsync("hq-cv-aaaaa")).State);

        await CloseAsync("sh-1");
        await CloseAsync("sh-1", version: 6);

        var landed = await ReadAsync("hq-cv-aaaaa");
        Assert.Equal(ConvoyState.Landed, landed.State);
        Assert.Equal((1, 1), (landed.Progress.Total, landed.Progress.Closed));
        Assert.NotNull(landed.LandedAt);
        Assert.Single(_host.Probe.Events(ConvoyCreated.Type));
        Assert.Single(_host.Probe.Events(ConvoyLanded.Type));
    }

    [Fact]
    public async Task It_waits_for_the_last_item_and_opens_again_when_one_is_added()
    {
        await EnsureAsync("hq-cv-bbbbb", "sh-1", "pay-1");
        await CloseAsync("sh-1");
        Assert.Equal(ConvoyState.Open, (await ReadAsync("hq-cv-bbbbb")).State);
        await CloseAsync("pay-1");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync("hq-cv-bbbbb")).State);

        var added = await _http.PostAsJsonAsync("/convoys/hq-cv-bbbbb/items", new ConvoyItemsRequest(["sh-2"]), Ct);
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        Assert.Equal(ConvoyState.Open, (await ReadAsync("hq-cv-bbbbb")).State);
        await CloseAsync("sh-2");
        await _host.IdleAsync(Ct);
        Assert.Equal(2, _host.Probe.Events(ConvoyLanded.Type).Count);
        Assert.Single(_host.Probe.Events(ConvoyReopened.Type));
    }

    [Fact]
    public async Task Items_closed_before_the_convoy_knew_them_count()
    {
        await CloseAsync("sh-9");
        await EnsureAsync("hq-cv-ccccc", "sh-9");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync("hq-cv-ccccc")).State);
    }

    [Fact]
    public async Task An_older_fact_changes_nothing()
    {
        await EnsureAsync("hq-cv-ddddd", "sh-1");
        await CloseAsync("sh-1", version: 7);
        await _host.PublishAsync(new WorkItemStarted(Samples.Event(WorkItemStarted.Type), Samples.Item("sh-1", version: 6, state: WorkItemState.InProgress)), Ct);
        await _host.IdleAsync(Ct);
        Assert.Equal(1, (await ReadAsync("hq-cv-ddddd")).Progress.Closed);
    }

    [Fact]
    public async Task Made_over_http_with_waves_and_listed()
    {
        await _host.PublishAsync(new WorkItemCreated(Samples.Event(WorkItemCreated.Type), Samples.Item("sh-1")), Ct);
        await _host.PublishAsync(new WorkItemCreated(Samples.Event(WorkItemCreated.Type), Samples.Item("sh-2", blockedBy: "sh-1")), Ct);
        await _host.IdleAsync(Ct);
        var answer = await _http.PostAsJsonAsync("/v1/convoys", new CreateConvoyRequest("Checkout", ["sh-1", "sh-2"]), Ct);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var made = (await answer.Content.ReadFromJsonAsync<ConvoySnapshot>(JsonSettings.Web, Ct))!;

        Assert.Equal(ConvoyState.Staged, made.State);
        Assert.Equal([["sh-1"], ["sh-2"]], (await ReadAsync(made.Id)).Waves);
        var page = await _http.GetFromJsonAsync<Page<ConvoySnapshot>>("/convoys?state=staged&limit=1", JsonSettings.Web, Ct);
        Assert.Equal(made.Id, Assert.Single(page!.Items).Id);
    }

    [Fact]
    public async Task Refusals_say_what_to_do()
    {
        var empty = await _http.PostAsJsonAsync("/convoys", new CreateConvoyRequest(null, ["not an id"]), Ct);
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        var problem = await empty.Content.ReadAsStringAsync(Ct);
        Assert.Contains("/name", problem);
        Assert.Contains("/items", problem);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _http.PostAsJsonAsync("/convoys", new CreateConvoyRequest("x", Epic: "sh-none"), Ct)).StatusCode);
        var unknown = await _http.PostAsync("/convoys", new StringContent("""{"name":"x","dispatch":"sometimes"}""", System.Text.Encoding.UTF8, "application/json"), Ct);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        // What slings reaches every rig.
        var agent = _host.Client("shop/crew/ada", "agent");
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.PostAsJsonAsync("/convoys", new CreateConvoyRequest("x", Dispatch: ConvoyDispatch.Auto, Launch: true), JsonSettings.Web, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await _host.Client("shop/crew/eve", "viewer").PostAsJsonAsync("/convoys", new CreateConvoyRequest("x"), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/convoys/hq-cv-zzzzz", Ct)).StatusCode);
        // A session works on its item; what its agent may do outside a session it may do under its own token.
        var session = await _host.Client("shop/polecats/nux", "agent", Guid.NewGuid(), 1).PostAsJsonAsync("/convoys", new CreateConvoyRequest("x"), Ct);
        Assert.Equal(HttpStatusCode.Forbidden, session.StatusCode);
        Assert.Contains("not for a session", await session.Content.ReadAsStringAsync(Ct));
        Assert.Equal(HttpStatusCode.Created, (await _host.Client("shop/crew/ada", "agent").PostAsJsonAsync("/convoys", new CreateConvoyRequest("x"), Ct)).StatusCode);
    }

    [Fact]
    public async Task The_same_key_makes_one_convoy()
    {
        async Task<HttpResponseMessage> Post(string name)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/convoys") { Content = JsonContent.Create(new CreateConvoyRequest(name)) };
            request.Headers.Add("Idempotency-Key", "k1");
            return await _http.SendAsync(request, Ct);
        }
        var first = await Post("one");
        var second = await Post("one");
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(Ct), await second.Content.ReadAsStringAsync(Ct));
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(HttpStatusCode.Conflict, (await Post("two")).StatusCode);
        await _host.IdleAsync(Ct);
        Assert.Single(_host.Probe.Events(ConvoyCreated.Type));
    }
}
