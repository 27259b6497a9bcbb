using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Hook;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Work;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.ConvoyTests;

/// <summary>Work, Hook and Convoy on one host, two rigs without repositories, and workers who take what is on the pools.</summary>
public sealed class TownTests : IAsyncLifetime
{
    readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero));
    ModuleTestHost _host = null!;
    HttpClient _http = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await ModuleTestHost.StartAsync([new WorkModule(), new HookModule(), new ConvoyModule()], _clock,
            new Dictionary<string, string?> { ["Hook:UnknownItemWaitMilliseconds"] = "0", ["Convoy:UnknownItemWaitMilliseconds"] = "0" });
        _http = _host.Client();
        foreach (var (rig, prefix) in new[] { ("shop", "sh"), ("pay", "pay") })
        {
            await SendAsync<object>(HttpMethod.Post, "/rigs", new CreateRig(rig, prefix));
            await SendAsync<object>(HttpMethod.Post, "/agents", new { id = $"{rig}/crew/ada" });
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    async Task<T> SendAsync<T>(HttpMethod method, string path, object? body = null, HttpClient? by = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: JsonSettings.Web) };
        using var answer = await (by ?? _http).SendAsync(request, Ct);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(Ct)}");
        await _host.IdleAsync(Ct);
        return (await answer.Content.ReadFromJsonAsync<T>(JsonSettings.Web, Ct))!;
    }

    async Task<string> ItemAsync(string title, string rig = "shop", params string[] dependsOn) =>
        (await SendAsync<WorkItemSnapshot>(HttpMethod.Post, "/work-items", new CreateWorkItem(rig, title, DependsOn: dependsOn))).Id;

    Task<ConvoyDetail> ConvoyAsync(string id) => SendAsync<ConvoyDetail>(HttpMethod.Get, $"/convoys/{id}");

    Task<WorkItemDetail> ShowAsync(string id) => SendAsync<WorkItemDetail>(HttpMethod.Get, $"/work-items/{id}");

    async Task<IReadOnlyList<string>> PoolAsync(string rig = "shop") => [.. (await SendAsync<HookDetail>(HttpMethod.Get, $"/hooks/{rig}/pool")).Queued.Select(a => a.WorkItemId)];

    HttpClient Worker(string rig) => _host.Client($"{rig}/crew/ada", Roles.Agent);

    Task<ClaimResult> ClaimAsync(string rig = "shop") => SendAsync<ClaimResult>(HttpMethod.Post, $"/hooks/{rig}/pool/claim", null, Worker(rig));

    Task<DoneResult> DoneAsync(ClaimResult claim, CompletionOutcome outcome = CompletionOutcome.Completed, string? reason = null) =>
        SendAsync<DoneResult>(HttpMethod.Post, $"/work-items/{claim.WorkItem.Id}/done", new DoneRequest(claim.Lease.Token, outcome, "done", reason), Worker(claim.WorkItem.RigId));

    async Task<string> WorkAsync(string rig = "shop")
    {
        var claim = await ClaimAsync(rig);
        await DoneAsync(claim);
        return claim.WorkItem.Id;
    }

    [Fact]
    public async Task From_plan_to_landing_over_two_rigs_without_anybody_slinging()
    {
        var a = await ItemAsync("a");
        var b = await ItemAsync("b", "pay", a);
        var c = await ItemAsync("c", "shop", b);
        var made = await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", new CreateConvoyRequest("Checkout", [a, b, c], Dispatch: ConvoyDispatch.Auto));
        Assert.Empty(await PoolAsync());
        Assert.Equal([[a], [b], [c]], (await ConvoyAsync(made.Id)).Plan.Waves);
        await SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{made.Id}/launch");
        Assert.Equal(a, await WorkAsync());
        Assert.Equal(b, await WorkAsync("pay"));
        Assert.Equal(c, await WorkAsync());
        var landed = await ConvoyAsync(made.Id);
        Assert.Equal((ConvoyState.Landed, 3), (landed.State, landed.Progress.Closed));
        Assert.Single(_host.Probe.Events(ConvoyLanded.Type));
        Assert.Equal(made.Id, (await ShowAsync(b)).ConvoyId);
        Assert.Equal("system/convoy", _host.Probe.Events(AssignmentQueued.Type)[0].Event!.Actor);
    }

    [Fact]
    public async Task A_pause_clears_the_pool_and_leaves_the_worker_alone_and_resumed_all_is_done()
    {
        string[] items = [await ItemAsync("a"), await ItemAsync("b"), await ItemAsync("c")];
        var made = await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", items, Dispatch: ConvoyDispatch.Auto, Launch: true));
        var claim = await ClaimAsync();
        await SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{made.Id}/pause");
        Assert.Empty(await PoolAsync());
        await DoneAsync(claim);
        await SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{made.Id}/resume");
        Assert.Equal(2, (await PoolAsync()).Count);
        await WorkAsync();
        await WorkAsync();
        Assert.Equal(ConvoyState.Landed, (await ConvoyAsync(made.Id)).State);
    }

    [Fact]
    public async Task Cancelled_with_stop_the_worker_has_lost_its_lease_and_its_items_are_open()
    {
        string[] items = [await ItemAsync("a"), await ItemAsync("b")];
        var made = await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", items, Dispatch: ConvoyDispatch.Auto, Launch: true));
        var claim = await ClaimAsync();
        await SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{made.Id}/cancel", new CancelConvoyRequest(RunningWork.Stop));
        Assert.Empty(await PoolAsync());
        foreach (var item in items) Assert.Equal(WorkItemState.Open, (await ShowAsync(item)).State);
        using var late = await Worker("shop").PostAsJsonAsync($"/work-items/{claim.WorkItem.Id}/done", new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed), JsonSettings.Web, Ct);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
    }

    [Fact]
    public async Task An_item_taken_out_is_nobodys_and_what_fails_for_good_strands_the_convoy()
    {
        string[] items = [await ItemAsync("a"), await ItemAsync("b")];
        var made = await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", items, Dispatch: ConvoyDispatch.Auto, Launch: true));
        await SendAsync<ConvoySnapshot>(HttpMethod.Delete, $"/convoys/{made.Id}/items/{items[1]}");
        Assert.Null((await ShowAsync(items[1])).ConvoyId);
        Assert.Equal([items[0]], await PoolAsync());
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _clock.Advance(TimeSpan.FromMinutes(5));
            await _host.IdleAsync(Ct);
            await DoneAsync(await ClaimAsync(), CompletionOutcome.Failed, "tests are red");
        }
        Assert.Equal(("exhausted", items[0]), ((await ConvoyAsync(made.Id)).Stranded!.Code, (await ConvoyAsync(made.Id)).Stranded!.WorkItemId));
        Assert.Empty(await PoolAsync());
        await SendAsync<object>(HttpMethod.Post, "/hooks/shop/pool/sling", new SlingRequest(items[0]));
        Assert.Null((await ConvoyAsync(made.Id)).Stranded);
        await WorkAsync();
        Assert.Equal(ConvoyState.Landed, (await ConvoyAsync(made.Id)).State);
        Assert.Single(_host.Probe.Events(ConvoyLanded.Type));
    }

    [Fact]
    public async Task An_item_that_left_a_convoy_stays_out_of_it_when_its_try_fails_and_it_is_queued_again()
    {
        string[] items = [await ItemAsync("a"), await ItemAsync("b")];
        var made = await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", items, Dispatch: ConvoyDispatch.Auto, Launch: true));
        var claim = await ClaimAsync();
        await SendAsync<ConvoySnapshot>(HttpMethod.Delete, $"/convoys/{made.Id}/items/{claim.WorkItem.Id}");
        Assert.Null((await ShowAsync(claim.WorkItem.Id)).ConvoyId);
        await DoneAsync(claim, CompletionOutcome.Failed, "tests are red");
        var again = await ShowAsync(claim.WorkItem.Id);
        Assert.Equal((WorkItemState.Hooked, null), (again.State, again.ConvoyId));
    }

    [Fact]
    public async Task What_sessions_cost_is_added_up_over_failed_tries_and_stops_the_convoy_at_its_budget()
    {
        string[] items = [await ItemAsync("a"), await ItemAsync("b"), await ItemAsync("c")];
        var made = await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", items, Dispatch: ConvoyDispatch.Auto, MaxParallel: 1, Launch: true, BudgetUsd: 3, Notify: ["shop/crew/ada"]));
        for (var tries = 0; tries < 2; tries++)
        {
            _clock.Advance(TimeSpan.FromMinutes(5));
            await _host.IdleAsync(Ct);
            var claim = await ClaimAsync();
            var failed = tries == 0;
            await SendAsync<DoneResult>(HttpMethod.Post, $"/work-items/{claim.WorkItem.Id}/done",
                new DoneRequest(claim.Lease.Token, failed ? CompletionOutcome.Failed : CompletionOutcome.Completed, "done", "red", Usage: new Usage(CostUsd: 2)), Worker("shop"));
        }
        var stuck = await ConvoyAsync(made.Id);
        Assert.Equal((4m, "over-budget", 1), (stuck.CostUsd, stuck.Stranded!.Code, stuck.Progress.Closed));
        Assert.Empty(await PoolAsync());
        var mail = Assert.Single((await SendAsync<Page<MailSnapshot>>(HttpMethod.Get, "/agents/shop/crew/ada/mail", by: Worker("shop"))).Items);
        Assert.Equal(($"x does not get on ({made.Id})", "system/convoy"), (mail.Subject, mail.From));
        await SendAsync<ConvoySnapshot>(HttpMethod.Patch, $"/convoys/{made.Id}", new UpdateConvoyRequest(BudgetUsd: 30));
        await WorkAsync();
        await WorkAsync();
        Assert.Equal(ConvoyState.Landed, (await ConvoyAsync(made.Id)).State);
    }

    [Fact]
    public async Task Rigs_that_it_missed_are_told_again_when_it_asks()
    {
        var item = await ItemAsync("a", "pay");
        await _host.UseAsync<ConvoyDbContext, int>(db => db.Rigs.ExecuteDeleteAsync(Ct));
        var made = await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", [item]));
        Assert.Equal("rig-unknown", Assert.Single((await ConvoyAsync(made.Id)).Plan.Warnings).Code);
        await _host.PublishAsync(new TellRigs("system/convoy"), Ct);
        await _host.IdleAsync(Ct);
        Assert.Empty((await ConvoyAsync(made.Id)).Plan.Warnings);
    }
}
