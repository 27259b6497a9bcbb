using System.Diagnostics;
using System.Net.Http.Json;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Supervisor;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.SupervisorTests;

/// <summary>A node with a real repository, real processes and a town that is played; it can be stopped and started again.</summary>
sealed class Station : IAsyncDisposable
{
    public const string Node = "node-1";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, string?> _settings;
    readonly Caller _someone = Caller.System("test");
    readonly List<Guid> _sessions = [];
    int _items;
    long _rigVersion;

    Station(FakeTown town, string root, Dictionary<string, string?> settings) => (Town, Root, _settings) = (town, root, settings);

    public FakeTown Town { get; }
    public ModuleTestHost Host { get; private set; } = null!;
    public string Root { get; }
    public string Origin => Path.Combine(Root, "origin.git");
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="agent">A shell script; it runs in the worktree.</param>
    public static async Task<Station> StartAsync(string agent, Func<RuntimeOptions, RuntimeOptions>? runtime = null, params (string Key, string? Value)[] settings)
    {
        var town = await FakeTown.StartAsync();
        var root = Directory.CreateTempSubdirectory("cm-supervisor-").FullName;
        var all = new Dictionary<string, string?>
        {
            ["Town:Url"] = town.Address.ToString(),
            ["Supervisor:NodeId"] = Node,
            ["Supervisor:Slots"] = "4",
            ["Supervisor:HeartbeatSeconds"] = "1",
            ["Supervisor:InterruptSeconds"] = "0.5",
            ["Supervisor:TerminateSeconds"] = "0.5",
        };
        foreach (var (key, value) in settings) all[key] = value;
        var station = new Station(town, root, all);
        station.Sh(root, $"git init -q --bare -b main {station.Origin} && git clone -q {station.Origin} seed 2>/dev/null && cd seed && git checkout -q -B main && echo hello >readme && git add . && git commit -qm first && git push -q origin main");
        await station.UpAsync();
        await station.RigAsync(agent, runtime);
        return station;
    }

    public async Task UpAsync(params (string Key, string? Value)[] settings)
    {
        foreach (var (key, value) in settings) _settings[key] = value;
        Host = await ModuleTestHost.StartAsync([new SupervisorModule()], settings: _settings, directory: Path.Combine(Root, "data"));
        await Eventually.TrueAsync(() => Host.Probe.Of<SupervisorStarted>().Count > 0 || Host.Probe.Of<NodeHeartbeat>().Count > 0, Patience, "the node is offered", Ct);
    }

    public async Task DownAsync(bool leave = false)
    {
        Host.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<SupervisorOptions>>().Value.StopMode = leave ? StopMode.Leave : StopMode.HandBack;
        await Host.DisposeAsync();
        Host = null!;
    }

    public async Task RigAsync(string agent, Func<RuntimeOptions, RuntimeOptions>? runtime = null, string? gitUrl = null, string? branch = "main")
    {
        var script = Path.Combine(Root, $"agent-{++_rigVersion}.sh");
        await File.WriteAllTextAsync(script, agent.StartsWith("#!", StringComparison.Ordinal) ? agent : $"#!/bin/sh\n{agent}\n", Ct);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new RuntimeOptions([script]);
        var now = TimeProvider.System.GetUtcNow();
        var rig = new RigSnapshot("shop", "sh", gitUrl ?? Origin, branch, RigState.Active, new RigSettings(RuntimeOptions: runtime?.Invoke(options) ?? options, LeaseSeconds: 3), now, now, _rigVersion);
        await Host.PublishAsync(new RigRegistered(Header(RigRegistered.Type), rig), Ct);
        await Host.IdleAsync(Ct);
    }

    /// <summary>What Hook does: an item, an assignment with a lease to be had, and the command to this node.</summary>
    public async Task<Run> DispatchAsync(
        string agent = "nux", string? item = null, long fence = 1, Func<WorkItemSnapshot, WorkItemSnapshot>? change = null, Func<AssignmentSnapshot, AssignmentSnapshot>? assignment = null,
        HandoffSnapshot? handoff = null, bool offer = true)
    {
        var (id, session, now) = (Guid.CreateVersion7(), Guid.CreateVersion7(), TimeProvider.System.GetUtcNow());
        var address = ActorAddress.Polecat("shop", agent);
        var snapshot = Item(item ?? $"sh-item{++_items}", fence);
        if (offer) Town.Offer(id, change?.Invoke(snapshot) ?? snapshot, address, fence, assignment, handoff);
        _sessions.Add(session);
        await Host.PublishAsync(new StartSession(session, Node, id, address, "shop", snapshot.Id, "overseer"), Ct);
        return new Run(session, id, snapshot, address, fence);
    }

    public static WorkItemSnapshot Item(string id, long fence) => new(id, "shop", "Fix the login", "It fails on Mondays.", WorkItemType.Task, WorkItemState.InProgress, 2, false, null, [], null, [], null, null,
        null, null, null, false, "overseer", null, null, null, fence, fence, "hq-cv-1", null, null, [], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null, null, null, null, 5);

    public RunEvent Header(string type) => _someone.Event(type, TimeProvider.System.GetUtcNow());

    /// <summary>Of the node itself; its <c>Town:Url</c> leads elsewhere.</summary>
    public HttpClient Client(string actor = "overseer", string role = Roles.Overseer, Guid? assignment = null, long? fence = null)
    {
        var client = Host.Client(actor, role, assignment, fence);
        client.BaseAddress = new Uri(Host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return client;
    }

    public async Task<SessionSnapshot> SessionAsync(Guid id)
    {
        using var client = Client();
        return (await client.GetFromJsonAsync<SessionSnapshot>($"/sessions/{id}", JsonSettings.Web, Ct))!;
    }

    /// <summary>Waits until the session's page says so.</summary>
    public Task<SessionSnapshot> UntilAsync(Run run, Func<SessionSnapshot, bool> says, string what) =>
        Eventually.ResultAsync(async () => await SessionAsync(run.Session) is { } s && says(s) ? s : null, Patience, what, Ct);

    public Task<SessionSnapshot> RunningAsync(Run run) => UntilAsync(run, s => s.State == SessionState.Running, "the agent runs");

    public Task<SessionSnapshot> EndedAsync(Run run) => UntilAsync(run, s => s.EndedAt is not null, "the session is over");

    /// <summary>Waits until the agent has printed this.</summary>
    public async Task<SessionSnapshot> PrintedAsync(Run run, string text)
    {
        await Eventually.TrueAsync(async () => (await OutputAsync(run)).Contains(text, StringComparison.Ordinal), Patience, $"the agent prints {text}", Ct);
        // It may speak before it is on record.
        return await UntilAsync(run, s => s.State != SessionState.Preparing, "it is on record");
    }

    public async Task<string> OutputAsync(Run run, long offset = 0)
    {
        using var client = Client();
        return await client.GetStringAsync($"/sessions/{run.Session}/output?offset={offset}", Ct);
    }

    public async Task<T> TakenAsync<T>(System.Collections.Concurrent.ConcurrentQueue<T> queue, string what) where T : class =>
        await Eventually.ResultAsync(() => Task.FromResult(queue.TryDequeue(out var one) ? one : null), Patience, what, Ct);

    public Task<DoneRequest> DoneAsync() => TakenAsync(Town.Dones, "the town is told that it is done");

    public Task<ReleaseRequest> ReleasedAsync() => TakenAsync(Town.Releases, "the lease is given back");

    public Task<HandoffRequest> HandedOffAsync() => TakenAsync(Town.Handoffs, "the work is handed off");

    public Task<T> SeenAsync<T>(Func<T, bool> which, string what) where T : class =>
        Eventually.ResultAsync(() => Task.FromResult(Host.Probe.Of<T>().FirstOrDefault(which)), Patience, what, Ct);

    public static IReadOnlyList<int> Processes(Run run) => ProcessGroup.FindByMark(ProcessMark.SessionVariable, run.Session.ToString());

    /// <summary>Runs a line of shell and answers what it printed.</summary>
    public string Sh(string directory, string line)
    {
        var info = new ProcessStartInfo("/bin/sh") { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", line]) info.ArgumentList.Add(argument);
        foreach (var (name, value) in new[] { ("GIT_AUTHOR_NAME", "t"), ("GIT_AUTHOR_EMAIL", "t@t"), ("GIT_COMMITTER_NAME", "t"), ("GIT_COMMITTER_EMAIL", "t@t") }) info.Environment[name] = value;
        using var process = Process.Start(info)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{line}: {errors.GetAwaiter().GetResult()}");
        return text.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        if (Host is not null) await DownAsync();
        await Town.DisposeAsync();
        // Whatever a failing test left.
        foreach (var session in _sessions)
            foreach (var pid in ProcessGroup.FindByMark(ProcessMark.SessionVariable, session.ToString()))
                Process.GetProcessById(pid).Kill();
        if (Environment.GetEnvironmentVariable("CM_KEEP") != "1") Directory.Delete(Root, recursive: true);
    }
}

/// <summary>One dispatched session.</summary>
sealed record Run(Guid Session, Guid Assignment, WorkItemSnapshot Item, string Agent, long Fence)
{
    public string Token => FakeTown.TokenOf(Item.Id, Fence);

    public string Branch => $"cm/{Item.Id}/{Fence}";
}
