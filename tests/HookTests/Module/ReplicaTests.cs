using System.Diagnostics;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.HookTests.Module;

/// <summary>Two Hooks on one database and one broker: what one has committed holds at the other.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly List<IAsyncDisposable> _servers = [];
    readonly List<ModuleTestHost> _replicas = [];
    readonly ScratchDirectory _scratch = new("hooks");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var (hook, probe, vhost) = (await PostgresDatabase.CreateAsync(Ct), await PostgresDatabase.CreateAsync(Ct), await RabbitVhost.CreateAsync(Ct));
        _servers.AddRange([hook, probe, vhost]);
        var settings = new Dictionary<string, string?>
        {
            ["Database:Provider"] = "Postgres",
            ["Bus:Transport"] = "RabbitMq",
            ["ConnectionStrings:hook"] = hook.ConnectionString + ";Maximum Pool Size=20",
            ["ConnectionStrings:probe"] = probe.ConnectionString + ";Maximum Pool Size=10",
            ["ConnectionStrings:rabbitmq"] = vhost.Uri.ToString(),
        };
        // The same directory: the same town's key.
        for (var n = 0; n < 2; n++) _replicas.Add(await ModuleTestHost.StartAsync([new HookModule()], settings: settings, directory: _scratch.Path));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas) await replica.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
        _scratch.Dispose();
    }

    HttpClient Agent(int replica, string address) => _replicas[replica % 2].Client(address, Roles.Agent);

    IReadOnlyList<T> Heard<T>(Func<T, object> id) where T : class => [.. _replicas.SelectMany(r => r.Probe.Of<T>()).DistinctBy(id)];

    async Task RigAsync(RigSettings settings)
    {
        var now = TimeProvider.System.GetUtcNow();
        await _replicas[0].PublishAsync(new RigRegistered(Header(RigRegistered.Type), new RigSnapshot("shop", "sh", "/srv/shop.git", "main", RigState.Active, settings, now, now, 1)), Ct);
        await Eventually.ResultAsync(() => _replicas[1].Client().PostAsync<AgentSnapshot>("/agents", new CreateAgent("shop/crew/first"))!, Patience, "Hook has heard of the rig", Ct);
    }

    /// <summary>Publishes items and slings them to the pool, by turns at one replica and the other.</summary>
    async Task SlingAsync(int items)
    {
        var now = TimeProvider.System.GetUtcNow();
        for (var n = 0; n < items; n++)
        {
            var item = new WorkItemSnapshot($"sh-{n}", "shop", $"Item {n}", null, WorkItemType.Task, WorkItemState.Open, 2, true, null, [], null, [], null, null, null, null, null, false, "overseer",
                null, null, null, 0, 0, null, null, null, [], now, now, null, null, null, null, 1);
            await _replicas[n % 2].PublishAsync(new WorkItemReady(Header(WorkItemReady.Type), item), Ct);
        }
        await Task.WhenAll(Enumerable.Range(0, items).Select(n => Eventually.ResultAsync(
            () => _replicas[n % 2].Client().PostAsync<SlingResult>("/hooks/shop/pool/sling", new SlingRequest($"sh-{n}"))!, Patience, $"sh-{n} is slung", Ct)));
    }

    static RunEvent Header(string type) => new(Ids.Ordered(TimeProvider.System.GetUtcNow()), type, "system/test", TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Claimers_at_both_replicas_get_each_item_once()
    {
        await RigAsync(new RigSettings());
        await SlingAsync(30);
        var granted = (await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            var (mine, name) = (new List<(string Item, long Fence)>(), $"shop/crew/w{worker}");
            while (true)
            {
                using var answer = await Agent(worker, name).SendAsync("/hooks/shop/pool/claim", null);
                if (answer.StatusCode == System.Net.HttpStatusCode.NoContent) return mine;
                var claim = System.Text.Json.JsonSerializer.Deserialize<ClaimResult>(await answer.Content.ReadAsStringAsync(Ct), ServiceDefaults.Edge.JsonSettings.Web)!;
                mine.Add((claim.WorkItem.Id, claim.Lease.Fence));
                // Done at the other replica than the one that gave the lease.
                await Agent(worker + 1, name).PostAsync<DoneResult>($"/work-items/{claim.WorkItem.Id}/done", Scene.Completed(claim));
            }
        }))).SelectMany(m => m).ToList();
        Assert.Equal(Enumerable.Range(0, 30).Select(n => ($"sh-{n}", 1L)).Order(), granted.Order());
    }

    [Fact]
    public async Task A_claim_that_waits_at_one_replica_gets_what_was_slung_at_the_other()
    {
        await RigAsync(new RigSettings());
        var waiting = Agent(1, "shop/crew/ada").PostAsync<ClaimResult>("/hooks/shop/pool/claim?wait=50", null);
        var watch = Stopwatch.StartNew();
        await SlingAsync(1);
        Assert.Equal("sh-0", (await waiting).WorkItem.Id);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"it took {watch.Elapsed}");
    }

    [Fact]
    public async Task Two_schedulers_never_give_out_more_slots_than_there_are()
    {
        const int slots = 3, items = 12;
        await RigAsync(Scene.Managed(maxWorkers: 10));
        await _replicas[0].PublishAsync(new NodeHeartbeat(new NodeSnapshot("n1", slots, [], ["command"], [], false, TimeProvider.System.GetUtcNow()), [], TimeProvider.System.GetUtcNow()), Ct);
        await SlingAsync(items);
        for (var done = 0; done < items; done++)
        {
            var expected = Math.Min(items, done + slots);
            await Eventually.TrueAsync(() => Starts().Count >= expected, Patience, $"{expected} starts after {done} ends", Ct);
            Assert.True(Starts().Count <= expected, $"{Starts().Count} starts after {done} ends: more than {slots} at once");
            var start = Starts().OrderBy(s => s.SessionId).ElementAt(done);
            var supervisor = _replicas[done % 2].Client("system/supervisor", Roles.Supervisor);
            var claim = await supervisor.PostAsync<ClaimResult>($"/hooks/{start.AgentId}/claim?assignment={start.AssignmentId}&session={start.SessionId}", null);
            await supervisor.PostAsync<DoneResult>($"/work-items/{claim.WorkItem.Id}/done", Scene.Completed(claim));
        }
        Assert.Equal(items, Starts().Count);
    }

    IReadOnlyList<StartSession> Starts() => Heard<StartSession>(s => s.SessionId);
}
