using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.HealthTests;

/// <summary>The module through its door: signals in, judgements and incidents out, with a clock moved by hand.</summary>
public sealed class HealthJourney : HealthTown
{
    readonly AssignmentSnapshot _assignment = Samples.Assignment("sh-1", Nux);

    [Fact]
    public async Task A_silent_worker_grows_quiet_by_due_times_alone_and_is_asked()
    {
        await GrantAsync(_assignment);
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);

        await PassAsync(121);
        var quiet = await ReadAsync();
        Assert.Equal((AgentHealthState.Quiet, "nudge", Samples.Moment.AddSeconds(600)), (quiet.State, quiet.Next!.Action, quiet.Next.At));
        await PassAsync(480);

        var nudged = await ReadAsync();
        Assert.Equal(AgentHealthState.Nudged, nudged.State);
        Assert.Equal((600, 2), (nudged.Thresholds["stallAfterSeconds"], nudged.Thresholds["nudges"]));
        Assert.Contains(nudged.Evidence, e => e is { Signal: "lease", AgeSeconds: 601 });
        Assert.Equal([AgentHealthState.Working, AgentHealthState.Quiet, AgentHealthState.Nudged], Host.Probe.Of<AgentHealthChanged>().Select(c => c.Health.State));
        Assert.Equal(["nudged", "nudge", "quiet", "working"], nudged.History!.Select(h => h.What));
    }

    [Fact]
    public async Task A_lease_taken_back_marks_it_dead_and_a_new_one_working()
    {
        await GrantAsync(_assignment);
        await FeedAsync(new LeaseExpired(Samples.Event(LeaseExpired.Type, "system/hook", "sh-1", Clock.GetUtcNow()), _assignment with { State = AssignmentState.Queued }));
        Assert.Equal(AgentHealthState.Dead, (await ReadAsync()).State);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await FeedAsync(new LeaseGranted(Samples.Event(LeaseGranted.Type, Nux, "sh-1", Clock.GetUtcNow()), _assignment with { Fence = 2 }));
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
        await FeedAsync(new LeaseExpired(Samples.Event(LeaseExpired.Type, "system/hook", "sh-1", Clock.GetUtcNow()), _assignment));
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
    }

    [Fact]
    public async Task Heartbeats_with_progress_keep_it_working_and_silence_makes_it_unreachable()
    {
        await GrantAsync(_assignment);
        var session = new SessionSnapshot(Guid.NewGuid(), "node-1", Nux, "shop", "sh-1", _assignment.Id, 1, SessionState.Running, 42, 7, null, null, null, 0, null, null,
            Clock.GetUtcNow(), Clock.GetUtcNow(), null);
        await FeedAsync(new SessionStarted(Samples.Event(SessionStarted.Type, "system/supervisor", "sh-1", Clock.GetUtcNow()), session));
        for (var i = 0; i < 4; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(60));
            var now = Clock.GetUtcNow();
            await FeedAsync(new NodeHeartbeat(new NodeSnapshot("node-1", 4, [], ["command"], [], false, Samples.Moment),
                [new SessionSignal(session.Id, _assignment.Id, Nux, "sh-1", 1, now, 10, "testing")], now));
        }
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
        Clock.Advance(TimeSpan.FromSeconds(91));
        await Host.IdleAsync(Ct);
        Assert.Equal(AgentHealthState.Unreachable, (await ReadAsync()).State);
    }

    [Fact]
    public async Task The_same_cause_is_one_incident_with_a_count()
    {
        var raise = new RaiseIncident("exhausted:sh-1", Severity.High, "hook", "sh-1 is out of attempts", "Three leases expired.", ["Look at its sessions"], "shop", "sh-1", Nux);
        await FeedAsync(raise);
        await FeedAsync(raise with { Why = "Four leases expired." });
        var page = await Http.GetFromJsonAsync<Page<IncidentSnapshot>>("/incidents?state=open", JsonSettings.Web, Ct);
        var incident = Assert.Single(page!.Items);
        Assert.Equal((2, "Four leases expired."), (incident.Count, incident.Why));
        Assert.Single(Host.Probe.Events(IncidentRaised.Type));

        var elsewhere = Host.Client("overseer/kim", "operator", rigs: "other");
        Assert.Empty((await elsewhere.GetFromJsonAsync<Page<IncidentSnapshot>>("/incidents", JsonSettings.Web, Ct))!.Items);
        Assert.Equal(HttpStatusCode.Forbidden, (await elsewhere.PostAsync($"/incidents/{incident.Id}/close", null, Ct)).StatusCode);
        Assert.Single((await Host.Client("overseer/kim", "operator", rigs: "shop").GetFromJsonAsync<Page<IncidentSnapshot>>("/incidents", JsonSettings.Web, Ct))!.Items);
        Assert.Equal(HttpStatusCode.Forbidden, (await Host.Client(Nux, "agent").PostAsync($"/incidents/{incident.Id}/close", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Http.PostAsync($"/incidents/{incident.Id}/acknowledge", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Http.PostAsync($"/incidents/{incident.Id}/close", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await Http.PostAsync($"/incidents/{incident.Id}/acknowledge", null, Ct)).StatusCode);
        await FeedAsync(raise);
        Assert.Equal(2, Host.Probe.Events(IncidentRaised.Type).Count);
    }

    [Fact]
    public async Task An_unknown_agent_is_not_found() => Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/agents/shop/crew/nobody/health", Ct)).StatusCode);
}
