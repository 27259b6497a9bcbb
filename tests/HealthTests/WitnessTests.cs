using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.HealthTests;

/// <summary>Bad days of agents, and what the witness of their rig does.</summary>
public sealed class WitnessTests : HealthTown
{
    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Health:BreakerActs"] = "2" };

    async Task<(AssignmentSnapshot, SessionSnapshot)> BeginAsync(string item = "sh-1", string agent = Nux)
    {
        var assignment = Samples.Assignment(item, agent);
        await GrantAsync(assignment);
        return (assignment, await StartAsync(assignment));
    }

    /// <summary>The session ends and the next one of the same assignment begins.</summary>
    async Task<(AssignmentSnapshot, SessionSnapshot)> AgainAsync(AssignmentSnapshot a, SessionSnapshot s, string agent = Nux)
    {
        await FeedAsync(new SessionStopped(Event(SessionStopped.Type, "system/supervisor", a.WorkItemId), s with { State = SessionState.Stopped, EndedAt = Clock.GetUtcNow() }));
        await FeedAsync(new AssignmentQueued(Event(AssignmentQueued.Type, item: a.WorkItemId), a with { State = AssignmentState.Queued, Revision = a.Revision + 1 }));
        var next = a with { Fence = a.Fence + 1, Revision = a.Revision + 2, AgentId = agent, HookId = agent };
        await GrantAsync(next);
        return (next, await StartAsync(next));
    }

    [Fact]
    public async Task Silent_and_idle_it_is_asked_twice_then_asked_to_hand_off_restarted_given_away_and_reported()
    {
        var (a, s) = await BeginAsync();
        await LiveAsync(s, 600 + 120 + 240);
        Assert.Equal(AgentHealthState.Stuck, (await ReadAsync()).State);
        Assert.Equal([WitnessAct.Nudge, WitnessAct.Nudge, WitnessAct.AskHandoff], Acts);
        await LiveAsync(s, 120);
        var stop = Assert.Single(Host.Probe.Of<StopSession>());
        Assert.Equal((s.Id, s.StartedAt, true, null, "shop/witness"), (stop.SessionId, stop.StartedAt, stop.Handoff, stop.HandoffTo, stop.RequestedBy));

        (a, s) = await AgainAsync(a, s);
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
        await LiveAsync(s, 600 + 120 + 240);
        var moved = Host.Probe.Of<StopSession>()[^1];
        Assert.Equal((s.Id, "shop/pool", true), (moved.SessionId, moved.HandoffTo, moved.Handoff));

        const string slit = "shop/polecats/slit";
        (_, s) = await AgainAsync(a, s, slit);
        await LiveAsync(s, 600 + 120 + 240);
        Assert.Equal(2, Host.Probe.Of<StopSession>().Count);
        var incident = Assert.Single(await IncidentsAsync());
        Assert.Equal(("stuck:sh-1", Severity.High, slit), (incident.Cause, incident.Severity, incident.AgentId));
        await LiveAsync(s, 3_600);
        Assert.Single(await IncidentsAsync());
        Assert.Equal(1, incident.Count);
        var history = (await ReadAsync(slit)).History!;
        Assert.Equal(["stuck", "report", "nudge", "nudged"], history.Select(h => h.What).Distinct().Where(w => w is "stuck" or "report" or "nudge" or "nudged").OrderBy(w => w switch { "stuck" => 0, "report" => 1, "nudge" => 2, _ => 3 }));
        Assert.All(history.Where(h => h.What is "nudge" or "report"), h => Assert.Equal((s.Id, true), (h.SessionId, h.Why!.Contains("no progress", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Silent_for_an_hour_but_building_it_is_left_in_peace()
    {
        var (_, s) = await BeginAsync();
        await LiveAsync(s, 3_600, busy: true);
        var health = await ReadAsync();
        Assert.Equal(AgentHealthState.Quiet, health.State);
        Assert.Contains(health.Evidence, e => e is { Signal: "processor", AgeSeconds: 0 });
        Assert.Equal("nudge", health.Next!.Action);
        Assert.Empty(Acts);
        // It stopped computing, and is as silent as before.
        await LiveAsync(s, 120);
        Assert.Equal([WitnessAct.Nudge], Acts);
    }

    [Fact]
    public async Task One_that_prints_the_same_for_ever_is_looping_however_lively_it_looks()
    {
        var (_, s) = await BeginAsync();
        var since = Clock.GetUtcNow();
        await LiveAsync(s, 119, moves: true, repeats: 5_000, since: since);
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
        await LiveAsync(s, 30, moves: true, repeats: 6_000, since: since);
        Assert.Equal([AgentHealthState.Working, AgentHealthState.Looping, AgentHealthState.Nudged], Host.Probe.Of<AgentHealthChanged>().Select(c => c.Health.State));
        var nudge = Assert.Single(Host.Probe.Of<NudgeSession>());
        Assert.Equal((s.Id, s.StartedAt, "nudge"), (nudge.SessionId, nudge.StartedAt, nudge.Kind));
        Assert.Contains("same lines", nudge.Text, StringComparison.Ordinal);
        await LiveAsync(s, 30, moves: true);
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
    }

    [Fact]
    public async Task Words_about_an_older_spawn_change_nothing()
    {
        var (a, first) = await BeginAsync();
        await PassAsync(10);
        var (_, second) = await AgainAsync(a, first);
        await FeedAsync(new SessionExited(Event(SessionExited.Type, "system/supervisor"), first with { State = SessionState.Exited, EndedAt = Clock.GetUtcNow() }));
        await BeatAsync(first, moves: true, repeats: 9_999, since: Samples.Moment);
        await FeedAsync(new CheckpointSaved(Event(CheckpointSaved.Type, "system/supervisor"), first, "refs/x", "abc"));
        var health = await ReadAsync();
        Assert.Equal((AgentHealthState.Working, second.Id), (health.State, health.SessionId));
        Assert.DoesNotContain(health.Evidence, e => e.Signal is "commit" or "progress" or "repetition");
    }

    [Fact]
    public async Task A_session_that_lost_its_work_and_runs_on_is_stopped()
    {
        var (a, s) = await BeginAsync();
        await FeedAsync(new AssignmentCompleted(Event(AssignmentCompleted.Type), a with { State = AssignmentState.Completed, Revision = 2 }));
        await LiveAsync(s, 119);
        Assert.Equal(AgentHealthState.Idle, (await ReadAsync()).State);
        await LiveAsync(s, 1);
        Assert.Equal(AgentHealthState.Zombie, (await ReadAsync()).State);
        var stop = Assert.Single(Host.Probe.Of<StopSession>());
        Assert.Equal((s.Id, s.StartedAt, false), (stop.SessionId, stop.StartedAt, stop.Handoff));
        await LiveAsync(s, 120 + 240 + 480);
        Assert.Equal(3, Host.Probe.Of<StopSession>().Count);
        Assert.Equal($"zombie:{Nux}", Assert.Single(await IncidentsAsync()).Cause);
    }

    [Fact]
    public async Task A_clock_that_jumps_ahead_costs_one_nudge_and_one_that_is_set_back_nothing()
    {
        var (_, s) = await BeginAsync();
        await PassAsync(12 * 3_600);
        Assert.Equal(AgentHealthState.Unreachable, (await ReadAsync()).State);
        Assert.Empty(Acts);
        await BeatAsync(s);
        await PassAsync(5);
        await BeatAsync(s, moves: true);
        Assert.Equal([WitnessAct.Nudge], Acts);
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
        await LiveAsync(s, 300, moves: true);
        Assert.Equal([WitnessAct.Nudge], Acts);
    }

    [Fact]
    public async Task Work_that_nobody_starts_is_told_of_unless_nothing_could_start_it()
    {
        var waits = Samples.Assignment("sh-1", Nux, fence: 0, state: AssignmentState.Queued) with { AgentId = null, HookId = "shop/pool", LeaseUntil = null };
        await FeedAsync(new SchedulerPaused(Event(SchedulerPaused.Type, "overseer", null), "town", "lunch"));
        await FeedAsync(new AssignmentQueued(Event(AssignmentQueued.Type), waits));
        await PassAsync(600);
        Assert.Equal(AgentHealthState.Idle, (await ReadAsync("shop/pool")).State);
        await FeedAsync(new SchedulerResumed(Event(SchedulerResumed.Type, "overseer", null), "town"));
        await PassAsync(121);
        await PassAsync(120);
        Assert.Equal(AgentHealthState.PropulsionFailure, (await ReadAsync("shop/pool")).State);
        Assert.Equal("propulsion:shop/pool", Assert.Single(await IncidentsAsync()).Cause);
        await GrantAsync(waits with { State = AssignmentState.Leased, AgentId = Nux, HookId = Nux, Fence = 1, Revision = 2 });
        Assert.Equal(AgentHealthState.Idle, (await ReadAsync("shop/pool")).State);
        Assert.Equal(AgentHealthState.Working, (await ReadAsync()).State);
    }

    [Theory, InlineData("town"), InlineData("rig:shop"), InlineData("convoy:hq-cv-1")]
    public async Task Work_of_a_stopped_scope_is_not_late_before_the_stop_is_lifted(string scope)
    {
        var waits = Samples.Assignment("sh-1", Nux, fence: 0, state: AssignmentState.Queued) with { AgentId = null, HookId = "shop/pool", LeaseUntil = null, ConvoyId = "hq-cv-1" };
        await FeedAsync(new AssignmentQueued(Event(AssignmentQueued.Type), waits));
        await FeedAsync(new EmergencyStopOrdered(Event(EmergencyStopOrdered.Type, "overseer", null), scope, "smoke"));
        await PassAsync(600);
        await PassAsync(600);
        Assert.Equal(AgentHealthState.Idle, (await ReadAsync("shop/pool")).State);
        await FeedAsync(new EmergencyStopLifted(Event(EmergencyStopLifted.Type, "overseer", null), scope, null));
        await PassAsync(121);
        await PassAsync(120);
        Assert.Equal(AgentHealthState.PropulsionFailure, (await ReadAsync("shop/pool")).State);
    }

    [Fact]
    public async Task The_same_formula_stuck_again_and_again_opens_its_breaker_and_a_person_closes_it()
    {
        await FeedAsync(new MoleculePoured(Event(MoleculePoured.Type), new MoleculeSnapshot("sh-mol-aaaaa", "release", "sha256:1", "Release", "shop", MoleculeState.Running, false, false, "sh-molaaaaa",
            new Dictionary<string, string>(), "overseer", null, 3, 0, null, Clock.GetUtcNow(), null, 1)));
        foreach (var n in (int[])[1, 2, 3])
        {
            var (_, s) = await BeginAsync($"sh-molaaaaa.{n}", $"shop/polecats/p{n}");
            await LiveAsync(s, 600 + 120 + 240 + 120);
            await FeedAsync(new SessionStopped(Event(SessionStopped.Type, "system/supervisor"), s with { EndedAt = Clock.GetUtcNow() }));
        }
        Assert.Equal(2, Host.Probe.Of<StopSession>().Count);
        var incident = Assert.Single(await IncidentsAsync(), i => i.Severity == Severity.Critical);
        Assert.Equal("breaker:shop:release:command", incident.Cause);
        Assert.Contains(await IncidentsAsync(), i => i.Cause == "stuck:sh-molaaaaa.3" && i.Why.Contains("breaker is open", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await Http.PostAsync($"/incidents/{incident.Id}/close", null, Ct)).StatusCode);
        var (_, again) = await BeginAsync("sh-molaaaaa.4", "shop/polecats/p4");
        await LiveAsync(again, 600 + 120 + 240 + 120);
        Assert.Equal(3, Host.Probe.Of<StopSession>().Count);
    }

    [Fact]
    public async Task Who_claimed_by_hand_gets_mail_and_then_a_person_hears_of_it()
    {
        var a = Samples.Assignment("sh-9", "shop/crew/ada");
        await GrantAsync(a);
        await PassAsync(600);
        await PassAsync(120);
        await PassAsync(240);
        Assert.Equal(2, Host.Probe.Of<DeliverMail>().Count(m => m.To == "shop/crew/ada" && m.From == "shop/witness"));
        Assert.Equal("stuck:sh-9", Assert.Single(await IncidentsAsync()).Cause);
        Assert.Empty(Host.Probe.Of<StopSession>());
    }

    [Fact]
    public async Task The_witness_says_when_it_looked_what_it_found_and_whom_it_did_not_see()
    {
        var (_, s) = await BeginAsync();
        await LiveAsync(s, 150);
        var round = Assert.Single((await Http.GetFromJsonAsync<Page<PatrolSnapshot>>("/patrols", JsonSettings.Web, Ct))!.Items, p => p.Name == "shop/witness");
        Assert.Equal((Nux, $"{Nux} is quiet", false), (Assert.Single(round.Looked), Assert.Single(round.Findings), round.Overdue));
        Assert.Empty(round.Missed);
        await PassAsync(91);
        round = Assert.Single((await Http.GetFromJsonAsync<Page<PatrolSnapshot>>("/patrols", JsonSettings.Web, Ct))!.Items);
        Assert.Equal($"{Nux}: its node node-1 is silent", Assert.Single(round.Missed));
        Assert.Empty((await Host.Client("overseer/kim", "operator", rigs: "other").GetFromJsonAsync<Page<PatrolSnapshot>>("/patrols", JsonSettings.Web, Ct))!.Items);
    }
}
