using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Health;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.HealthTests;

/// <summary>The module through its door: signals in, judgements and incidents out, with a clock moved by hand.</summary>
public sealed class HealthJourney : IAsyncLifetime
{
    const string Nux = "shop/polecats/nux";

    readonly FakeTimeProvider _clock = new(Samples.Moment);
    readonly AssignmentSnapshot _assignment = Samples.Assignment("sh-1", Nux);
    ModuleTestHost _host = null!;
    HttpClient _http = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await ModuleTestHost.StartAsync([new HealthModule()], _clock);
        _http = _host.Client();
        await FeedAsync(new RigRegistered(Samples.Event(RigRegistered.Type), Samples.Rig(settings: new RigSettings(StallAfterSeconds: 600))));
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    async Task FeedAsync<T>(T message) where T : class
    {
        await _host.PublishAsync(message, Ct);
        await _host.IdleAsync(Ct);
    }

    Task GrantAsync() => FeedAsync(new LeaseGranted(Samples.Event(LeaseGranted.Type, Nux, "sh-1", _clock.GetUtcNow()), _assignment));

    async Task<AgentHealth> ReadAsync() => (await _http.GetFromJsonAsync<AgentHealth>($"/agents/{Nux}/health", JsonSettings.Web, Ct))!;

    [Fact]
    public async Task A_silent_worker_grows_quiet_then_stuck_by_due_times_alone()
    {
        await GrantAsync();
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);

        _clock.Advance(TimeSpan.FromSeconds(121));
        await _host.IdleAsync(Ct);
        Assert.Equal(AgentHealthState.Quiet, (await ReadAsync()).State);
        _clock.Advance(TimeSpan.FromSeconds(480));
        await _host.IdleAsync(Ct);

        var stuck = await ReadAsync();
        Assert.Equal(AgentHealthState.Stuck, stuck.State);
        Assert.Equal(600, stuck.Thresholds["stuckAfterSeconds"]);
        Assert.Contains(stuck.Evidence, e => e is { Signal: "lease", AgeSeconds: 601 });
        Assert.Equal([AgentHealthState.Working, AgentHealthState.Quiet, AgentHealthState.Stuck], _host.Probe.Of<AgentHealthChanged>().Select(c => c.Health.State));
    }

    [Fact]
    public async Task A_lease_taken_back_marks_it_dead_and_a_new_one_working()
    {
        await GrantAsync();
        await FeedAsync(new LeaseExpired(Samples.Event(LeaseExpired.Type, "system/hook", "sh-1", _clock.GetUtcNow()), _assignment with { State = AssignmentState.Queued }));
        Assert.Equal(AgentHealthState.Dead, (await ReadAsync()).State);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await FeedAsync(new LeaseGranted(Samples.Event(LeaseGranted.Type, Nux, "sh-1", _clock.GetUtcNow()), _assignment with { Fence = 2 }));
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
        await FeedAsync(new LeaseExpired(Samples.Event(LeaseExpired.Type, "system/hook", "sh-1", _clock.GetUtcNow()), _assignment));
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
    }

    [Fact]
    public async Task Heartbeats_with_progress_keep_it_working_and_silence_makes_it_unreachable()
    {
        await GrantAsync();
        var session = new SessionSnapshot(Guid.NewGuid(), "node-1", Nux, "shop", "sh-1", _assignment.Id, 1, SessionState.Running, 42, 7, null, null, null, 0, null, null,
            _clock.GetUtcNow(), _clock.GetUtcNow(), null);
        await FeedAsync(new SessionStarted(Samples.Event(SessionStarted.Type, "system/supervisor", "sh-1", _clock.GetUtcNow()), session));
        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            var now = _clock.GetUtcNow();
            await FeedAsync(new NodeHeartbeat(new NodeSnapshot("node-1", 4, [], ["command"], [], false, Samples.Moment),
                [new SessionSignal(session.Id, _assignment.Id, Nux, "sh-1", 1, now, 10, "testing")], now));
        }
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
        _clock.Advance(TimeSpan.FromSeconds(91));
        await _host.IdleAsync(Ct);
        Assert.Equal(AgentHealthState.Unreachable, (await ReadAsync()).State);
    }

    [Fact]
    public async Task The_same_cause_is_one_incident_with_a_count()
    {
        var raise = new RaiseIncident("exhausted:sh-1", Severity.High, "hook", "sh-1 is out of attempts", "Three leases expired.", ["Look at its sessions"], "shop", "sh-1", Nux);
        await FeedAsync(raise);
        await FeedAsync(raise with { Why = "Four leases expired." });
        var page = await _http.GetFromJsonAsync<Page<IncidentSnapshot>>("/incidents?state=open", JsonSettings.Web, Ct);
        var incident = Assert.Single(page!.Items);
        Assert.Equal((2, "Four leases expired."), (incident.Count, incident.Why));
        Assert.Single(_host.Probe.Events(IncidentRaised.Type));

        var elsewhere = _host.Client("overseer/kim", "operator", rigs: "other");
        Assert.Empty((await elsewhere.GetFromJsonAsync<Page<IncidentSnapshot>>("/incidents", JsonSettings.Web, Ct))!.Items);
        Assert.Equal(HttpStatusCode.Forbidden, (await elsewhere.PostAsync($"/incidents/{incident.Id}/close", null, Ct)).StatusCode);
        Assert.Single((await _host.Client("overseer/kim", "operator", rigs: "shop").GetFromJsonAsync<Page<IncidentSnapshot>>("/incidents", JsonSettings.Web, Ct))!.Items);
        Assert.Equal(HttpStatusCode.Forbidden, (await _host.Client(Nux, "agent").PostAsync($"/incidents/{incident.Id}/close", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.PostAsync($"/incidents/{incident.Id}/acknowledge", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.PostAsync($"/incidents/{incident.Id}/close", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await _http.PostAsync($"/incidents/{incident.Id}/acknowledge", null, Ct)).StatusCode);
        await FeedAsync(raise);
        Assert.Equal(2, _host.Probe.Events(IncidentRaised.Type).Count);
    }

    [Fact]
    public async Task An_unknown_agent_is_not_found() => Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/agents/shop/crew/nobody/health", Ct)).StatusCode);
}
