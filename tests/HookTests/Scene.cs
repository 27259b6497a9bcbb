using System.Net.Http.Json;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.HookTests;

/// <summary>The Hook module on a real host, with the neighbours' facts played in by hand.</summary>
sealed class Scene : IAsyncDisposable
{
    readonly PostgresDatabase? _hook;
    readonly PostgresDatabase? _probe;
    readonly ScratchDirectory _scratch = new("hook");
    readonly Dictionary<string, string?> _settings;
    long _version;

    Scene(NotingClock clock, Dictionary<string, string?> settings, PostgresDatabase? hook, PostgresDatabase? probe) => (Clock, _settings, _hook, _probe) = (clock, settings, hook, probe);

    public ModuleTestHost Host { get; private set; } = null!;

    public NotingClock Clock { get; }

    public HttpClient Overseer { get; private set; } = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<Scene> StartAsync(bool postgres = false, Dictionary<string, string?>? settings = null)
    {
        var clock = new NotingClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        settings ??= [];
        settings.TryAdd("Hook:UnknownItemWaitMilliseconds", "0");
        PostgresDatabase? hook = null, probe = null;
        if (postgres)
        {
            hook = await PostgresDatabase.CreateAsync(Ct);
            probe = await PostgresDatabase.CreateAsync(Ct);
            settings["Database:Provider"] = "Postgres";
            settings["ConnectionStrings:hook"] = hook.ConnectionString;
            settings["ConnectionStrings:probe"] = probe.ConnectionString;
        }
        var scene = new Scene(clock, settings, hook, probe);
        await scene.UpAsync();
        return scene;
    }

    async Task UpAsync()
    {
        Host = await ModuleTestHost.StartAsync([new HookModule()], Clock, _settings, _scratch.Path);
        Overseer = Host.Client();
    }

    /// <summary>Nobody is there for a while; then another host goes on with what this one left.</summary>
    public async Task RestartAsync(TimeSpan away)
    {
        await IdleAsync();
        await Host.DisposeAsync();
        Clock.Advance(away);
        await UpAsync();
        await IdleAsync();
    }

    public HttpClient Agent(string address, Guid? assignment = null, long? fence = null) => Host.Client(address, Roles.Agent, assignment, fence);

    public HttpClient Supervisor => Host.Client("system/supervisor", Roles.Supervisor);

    public Task IdleAsync() => Host.IdleAsync(Ct);

    /// <summary>Moves the clock and waits until whatever was due has been done.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await IdleAsync();
        Clock.Advance(time);
        await IdleAsync();
    }

    public async Task RigAsync(string id = "shop", RigSettings? settings = null, string? gitUrl = "/srv/shop.git", RigState state = RigState.Active)
    {
        var now = Clock.GetUtcNow();
        var rig = new RigSnapshot(id, id[..2], gitUrl, "main", state, settings ?? new RigSettings(), now, now, ++_version);
        await Host.PublishAsync(new RigRegistered(Header(RigRegistered.Type), rig), Ct);
        await IdleAsync();
    }

    public static RigSettings Managed(int maxWorkers = 4, int leaseSeconds = 90) =>
        new(maxWorkers, RuntimeOptions: new RuntimeOptions(Command: ["./agent.sh"]), LeaseSeconds: leaseSeconds);

    public async Task<string> ItemAsync(
        string id, string rig = "shop", int priority = 2, bool ready = true, string? parent = null, WorkItemType type = WorkItemType.Task,
        WorkItemState state = WorkItemState.Open, IReadOnlyList<AcceptanceCriterion>? acceptance = null, IReadOnlyList<Dependency>? dependencies = null, long revision = 0)
    {
        var item = Snapshot(id, rig, priority, ready, parent, type, state, acceptance, dependencies, revision);
        object fact = state == WorkItemState.Closed ? new WorkItemClosed(Header(WorkItemClosed.Type), item)
            : ready ? new WorkItemReady(Header(WorkItemReady.Type), item) : new WorkItemUpdated(Header(WorkItemUpdated.Type), item);
        await (fact switch
        {
            WorkItemClosed closed => Host.PublishAsync(closed, Ct),
            WorkItemReady open => Host.PublishAsync(open, Ct),
            _ => Host.PublishAsync((WorkItemUpdated)fact, Ct),
        });
        await IdleAsync();
        return id;
    }

    public WorkItemSnapshot Snapshot(
        string id, string rig = "shop", int priority = 2, bool ready = true, string? parent = null, WorkItemType type = WorkItemType.Task, WorkItemState state = WorkItemState.Open,
        IReadOnlyList<AcceptanceCriterion>? acceptance = null, IReadOnlyList<Dependency>? dependencies = null, long revision = 0) => new(
        id, rig, "Title of " + id, null, type, state, priority, ready, parent, [], null, acceptance ?? [], null, null, null, null, null, false, "overseer", null, null, null, 0, revision,
        null, null, null, dependencies ?? [], Clock.GetUtcNow(), Clock.GetUtcNow(), null, null, null, null, ++_version);

    public async Task NodeAsync(string node = "n1", int slots = 4, params string[] rigs)
    {
        await Host.PublishAsync(new NodeHeartbeat(new NodeSnapshot(node, slots, rigs, ["command"], [], false, Clock.GetUtcNow()), [], Clock.GetUtcNow()), Ct);
        await IdleAsync();
    }

    public RunEvent Header(string type) => new(Ids.Ordered(Clock.GetUtcNow()), type, "system/test", Clock.GetUtcNow());

    public async Task<SlingResult> SlingAsync(string hook, string item, SlingRequest? options = null) =>
        await Overseer.PostAsync<SlingResult>($"/hooks/{hook}/sling", (options ?? new SlingRequest()) with { WorkItemId = item });

    public async Task<ClaimResult> ClaimAsync(string agent, string? hook = null) => await Agent(agent).PostAsync<ClaimResult>($"/hooks/{hook ?? agent}/claim", null);

    public async Task<AssignmentSnapshot> AssignmentAsync(Guid id) => (await Overseer.GetFromJsonAsync<AssignmentSnapshot>($"/assignments/{id}", JsonSettings.Web, Ct))!;

    public static DoneRequest Completed(ClaimResult claim) =>
        new(claim.Lease.Token, CompletionOutcome.Completed, "done", null, claim.Assignment.Branch, new string('a', 40), [new Artifact("report", "file:///r")], new Usage(1, 2, 0.5m));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        if (_hook is not null) await _hook.DisposeAsync();
        if (_probe is not null) await _probe.DisposeAsync();
        _scratch.Dispose();
    }
}

static class Answers
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> SendAsync(this HttpClient http, string path, object? body) => http.PostAsync(path, JsonContent.Create(body ?? new { }, options: JsonSettings.Web), Ct);

    public static async Task<T> PostAsync<T>(this HttpClient http, string path, object? body)
    {
        var answer = await http.SendAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.IsSuccessStatusCode && text.Length > 0, $"{(int)answer.StatusCode} {path}: {text}");
        return System.Text.Json.JsonSerializer.Deserialize<T>(text, JsonSettings.Web)!;
    }

    public static async Task<T> ReadAsync<T>(this HttpClient http, string path) => (await http.GetFromJsonAsync<T>(path, JsonSettings.Web, Ct))!;

    /// <summary>Asserts a refusal and gives the problem document.</summary>
    public static async Task<System.Text.Json.JsonElement> RefusedAsync(this HttpClient http, string path, object? body, int status, string code)
    {
        var answer = await http.SendAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} {path}: {text}");
        var problem = System.Text.Json.JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem;
    }
}
