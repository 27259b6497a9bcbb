using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging.Outside;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Work;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace ClaudeManage.WorkTests.Outside;

/// <summary>Work in and events out on a real broker, seen from outside.</summary>
public abstract class BrokerTests : WorkHost
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    RabbitVhost _vhost = null!;

    internal OutsideSystem Outside { get; private set; } = null!;

    protected override TimeProvider TownClock => TimeProvider.System;

    protected override async Task<IReadOnlyDictionary<string, string?>> SettingsAsync()
    {
        _vhost = await RabbitVhost.CreateAsync(Ct);
        return new Dictionary<string, string?>(await base.SettingsAsync())
        {
            ["Bus:Transport"] = "RabbitMq",
            ["ConnectionStrings:rabbitmq"] = _vhost.Uri.ToString(),
            ["Work:Ingest:UnusualRejections"] = "5",
        };
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Outside = await OutsideSystem.ConnectAsync(_vhost.Uri.ToString(), Ct);
        await Eventually.TrueAsync(() => Host.Services.GetRequiredService<OutsideBroker>().Down.Count == 0, Patience, "exchanges and queues are declared", Ct);
    }

    public override async ValueTask DisposeAsync()
    {
        if (Outside is not null)
        {
            await Outside.DisposeAsync();
            await base.DisposeAsync();
        }
        if (_vhost is not null) await _vhost.DisposeAsync();
    }

    [Fact]
    public async Task An_outside_system_hands_in_work_once_however_often_it_sends()
    {
        var cloud = Event("1", "create", new { rigId = "shop", title = "From Jira", externalRef = "SHOP-1" });
        for (var i = 0; i < 5; i++) await Outside.SendCloudEventAsync(cloud);
        for (var i = 0; i < 5; i++) await Outside.SendBareAsync("""{"rigId":"shop","title":"From CI"}""", "claudemanage.work-item.create", "build-17");
        await Outside.SendCloudEventAsync(Event("2", "comment", new { externalRef = "SHOP-1", text = "Customers wait." }));
        await Outside.SendCloudEventAsync(Event("3", "update", new { externalRef = "SHOP-1", priority = 0 }));
        await Outside.SendCloudEventAsync(Event("4", "close", new { externalRef = "SHOP-1", kind = "cancelled" }));
        await Eventually.TrueAsync(async () => (await ItemsAsync()).Any(i => i.State == WorkItemState.Closed), Patience, "closed", Ct);

        var items = await ItemsAsync();
        Assert.Equal(["From CI", "From Jira"], items.Select(i => i.Title).Order());
        Assert.Equal(["external/ci", "external/jira-example-com"], items.Select(i => i.CreatedBy).Order());
        var closed = items.Single(i => i.Title == "From Jira");
        Assert.Equal((0, OutcomeKind.Cancelled, "external/jira-example-com"), (closed.Priority, closed.Outcome!.Kind, closed.Outcome.By));
        Assert.Equal(0u, await Outside.CountAsync("claudemanage.work.rejected", Ct));
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task What_is_wrong_is_moved_with_the_reason_on_it_and_holds_nobody_up()
    {
        await Outside.SendCloudEventAsync("{ this is no JSON");
        await Outside.SendCloudEventAsync(Event("1", "explode", new { }));
        await Outside.SendCloudEventAsync(Event("2", "create", new { rigId = "nowhere", title = "T" }));
        await Outside.SendCloudEventAsync(Event("3", "create", new { rigId = "shop", title = "T", description = new string('x', 2 << 20) }));
        await Outside.SendBareAsync("""{"rigId":"shop","title":"T"}""", "claudemanage.work-item.create", null);
        await Outside.SendCloudEventAsync(Event("4", "create", new { rigId = "shop", title = "T" }, source: "???"));
        await Outside.SendBytesAsync([0xff, 0xfe, 0x00], new BasicProperties { MessageId = "bytes", AppId = "ci", Type = "claudemanage.work-item.create" });
        await Outside.SendCloudEventAsync(Event("5", "create", new { rigId = "shop", title = "Right" }));
        await Eventually.TrueAsync(async () => (await ItemsAsync()).Count == 1, Patience, "the right one came through", Ct);

        var rejected = await Outside.ReadAsync("claudemanage.work.rejected", 7, Ct);
        Assert.Equal(
            ["$ malformed", "$.type invalid", "$.data.rigId not-found", "$ too-large", "$ invalid", "$.source invalid", "$ malformed"],
            rejected.Select(m => $"{Header(m, "path")} {Header(m, "code")}"));
        Assert.Contains("There is no rig 'nowhere'", Header(rejected[2], "reason"));
        Assert.Equal("{ this is no JSON", Encoding.UTF8.GetString(rejected[0].Body.Span));
        Assert.True(rejected[3].Body.Length > 2 << 20);
        Assert.Equal("bytes", rejected[6].BasicProperties.MessageId);

        // Once the rig is there, the same message comes through.
        await SendAsync<RigSnapshot>(HttpMethod.Post, "/rigs", new CreateRig("nowhere", "no"), System.Net.HttpStatusCode.Created);
        await Outside.SendBytesAsync(rejected[2].Body.ToArray(), new BasicProperties { ContentType = "application/cloudevents+json" });
        await Eventually.TrueAsync(async () => (await ItemsAsync()).Count == 2, Patience, "taken", Ct);
    }

    [Fact]
    public async Task A_queue_that_somebody_deleted_is_there_again()
    {
        await Outside.DeleteQueueAsync("work-outside", Ct);
        await Outside.EventuallyThereAsync("work-outside", Ct);
        await Outside.SendCloudEventAsync(Event("1", "create", new { rigId = "shop", title = "Taken" }));
        await Eventually.TrueAsync(async () => (await ItemsAsync()).Count == 1, Patience, "taken", Ct);
    }

    [Fact]
    public async Task Many_rejections_of_one_source_are_an_incident()
    {
        for (var i = 0; i < 6; i++) await Outside.SendBareAsync("[]", "claudemanage.work-item.create", $"{i}");
        await Eventually.TrueAsync(() => Host.Probe.Of<RaiseIncident>().Count == 2, Patience, "the fifth and the sixth", Ct);
        Assert.All(Host.Probe.Of<RaiseIncident>(), i => Assert.Equal("ingest-rejected:external/ci", i.Cause));
    }

    [Fact]
    public async Task While_the_database_is_away_the_queue_waits_and_nothing_is_rejected()
    {
        await SqlAsync("alter table ingested rename to away");
        await Outside.SendCloudEventAsync(Event("1", "create", new { rigId = "shop", title = "Waits" }));
        await Eventually.TrueAsync(async () => await Outside.CountAsync("work-outside", Ct) == 0, Patience, "taken from the queue", Ct);
        Assert.Empty(await ItemsAsync());
        await SqlAsync("alter table away rename to ingested");
        await Eventually.TrueAsync(async () => (await ItemsAsync()).Count == 1, Patience, "taken", Ct);
        Assert.Equal(0u, await Outside.CountAsync("claudemanage.work.rejected", Ct));
    }

    [Fact]
    public async Task Every_event_is_published_in_the_trails_order()
    {
        var all = await Outside.ListenAsync("#");
        var ids = new List<string>();
        for (var i = 0; i < 20; i++) ids.Add((await CreateAsync($"Item {i}")).Id);
        await Task.WhenAll(ids.Select(CloseAsync));
        var trail = await EventsAsync("&after=0");
        // The rig's own event may have gone out before the queue was there.
        var read = await Outside.ReadAsync(all, trail.Count - 1, Ct);
        if (read[0].RoutingKey.Contains("rig.registered", StringComparison.Ordinal)) read = [.. read, .. await Outside.ReadAsync(all, 1, Ct)];
        var events = read.Select(m => JsonElement.Parse(m.Body.Span)).ToList();
        Assert.Equal(trail.TakeLast(read.Count).Select(e => $"{e.EventId}"), events.Select(e => e.GetProperty("id").GetString()));
        Assert.Equal(trail.TakeLast(read.Count).Select(e => e.Sequence), events.Select(e => long.Parse(e.GetProperty("sequence").GetString()!, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(trail.TakeLast(read.Count).Select(e => $"work.{e.EventType}.shop"), read.Select(m => m.RoutingKey));
        var closed = events.Last(e => e.GetProperty("type").GetString() == "claudemanage.work-item.closed");
        Assert.Equal(("1.0", "/claudemanage/work", "overseer", "shop"), (Text(closed, "specversion"), Text(closed, "source"), Text(closed, "actor"), Text(closed, "rig")));
        Assert.Equal(Text(closed, "subject"), closed.GetProperty("data").GetProperty("item").GetProperty("id").GetString());
        Assert.All(read, m => Assert.StartsWith("application/cloudevents+json", m.BasicProperties.ContentType));
    }

    static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    static string Header(BasicGetResult message, string name) => Encoding.UTF8.GetString((byte[])message.BasicProperties.Headers![$"x-claudemanage-{name}"]!);

    static string Event(string id, string verb, object data, string source = "https://jira.example.com") =>
        JsonSerializer.Serialize(new { specversion = "1.0", id, source, type = $"claudemanage.work-item.{verb}", data });

    async Task<IReadOnlyList<WorkItemSnapshot>> ItemsAsync() => (await SendAsync<Page<WorkItemSnapshot>>(HttpMethod.Get, "/work-items?limit=500", null)).Items;
}

public sealed class BrokerOnSqliteTests : BrokerTests;

public sealed class BrokerOnPostgresTests : BrokerTests
{
    PostgresDatabase? _work, _probe;
    IReadOnlyDictionary<string, string?> _settings = null!;

    [Fact]
    public async Task Two_replicas_publish_every_event_once_and_in_order()
    {
        await using var second = await ModuleTestHost.StartAsync([new WorkModule()], TownClock, _settings);
        // Each makes its own tokens here.
        using var other = second.Client();
        var queue = await Outside.ListenAsync("work.work-item.created.#");
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => SendAsync<WorkItemSnapshot>(
            HttpMethod.Post, "/work-items", new CreateWorkItem("shop", $"Item {i}"), System.Net.HttpStatusCode.Created, i % 2 == 0 ? Http : other)));
        var sequences = (await Outside.ReadAsync(queue, 40, Ct)).Select(m => JsonElement.Parse(m.Body.Span).GetProperty("sequence").GetString()!).ToList();
        Assert.Equal(sequences.Distinct().Order(StringComparer.Ordinal), sequences);
        await Eventually.TrueAsync(async () => await DatabaseAsync(db => db.EventMirror.AnyAsync(m => m.Sequence == db.TrailHeads.Single().Sequence, Ct)), TimeSpan.FromSeconds(60), "all published", Ct);
        Assert.Equal(0u, await Outside.CountAsync(queue, Ct));
    }

    protected override async Task<IReadOnlyDictionary<string, string?>> SettingsAsync()
    {
        _work = await PostgresDatabase.CreateAsync(Ct);
        _probe = await PostgresDatabase.CreateAsync(Ct);
        return _settings = new Dictionary<string, string?>(await base.SettingsAsync())
        {
            ["Database:Provider"] = "Postgres",
            ["ConnectionStrings:work"] = _work.ConnectionString + ";Maximum Pool Size=20",
            ["ConnectionStrings:probe"] = _probe.ConnectionString + ";Maximum Pool Size=10",
        };
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_work is not null) await _work.DisposeAsync();
        if (_probe is not null) await _probe.DisposeAsync();
    }
}
