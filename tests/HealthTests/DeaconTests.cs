using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Suite;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.HealthTests;

/// <summary>The deacon watches the suite, the boot watches the deacon.</summary>
public sealed class DeaconTests : HealthTown
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Health:DeaconSeconds"] = "60", ["Health:BootSeconds"] = "100" };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await RoundsAsync(1);
    }

    ModulePulse Pulse(string service, string replica = "a:1", int outbox = 0, double age = 0, int dead = 0, long free = 10L << 30, IReadOnlyList<EndpointBacklog>? backlog = null, params RoleBeat[] roles)
    {
        var now = Clock.GetUtcNow();
        return new(service, replica, now, now.AddSeconds(120), new(outbox, age, dead, 1, free, backlog ?? []), roles);
    }

    async Task AllAsync()
    {
        foreach (var service in DeaconRules.Services) await FeedAsync(Pulse(service));
    }

    async Task<PatrolSnapshot?> PatrolAsync(string name) =>
        (await Http.GetFromJsonAsync<Page<PatrolSnapshot>>("/patrols", JsonSettings.Web, Ct))!.Items.SingleOrDefault(p => p.Name == name);

    async Task<IReadOnlyList<Heartbeat>> BeatsAsync() => (await Http.GetFromJsonAsync<Page<Heartbeat>>("/heartbeats", JsonSettings.Web, Ct))!.Items;

    Task RoundsAsync(int runs) => Eventually.TrueAsync(async () => await PatrolAsync("deacon") is { } p && p.Runs >= runs, Patience, $"{runs} rounds of the deacon", Ct);

    /// <summary>Time passes, and a round comes with it.</summary>
    async Task RoundAsync(double seconds = 61)
    {
        var before = (await PatrolAsync("deacon"))!.Runs;
        await PassAsync(seconds);
        await RoundsAsync((int)before + 1);
    }

    async Task<IReadOnlyList<string>> CausesAsync() => [.. (await IncidentsAsync()).Select(i => i.Cause).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_round_says_what_it_looked_at_and_what_it_could_not_see()
    {
        await FeedAsync(Pulse("work"));
        await FeedAsync(Pulse("hook"));
        await FeedAsync(Pulse("hook", "b:2"));
        await RoundAsync();
        var round = (await PatrolAsync("deacon"))!;
        Assert.Equal(["hook (2 replicas)", "work"], round.Looked);
        Assert.Equal(["convoy", "health", "refinery", "workflow"], round.Missed.Select(m => m.Split(':')[0]));
        Assert.Empty(round.Findings);
        Assert.Equal(Clock.GetUtcNow().AddSeconds(60), round.DueAt!.Value, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task What_goes_wrong_is_one_incident_while_it_lasts_and_is_closed_by_the_deacon_itself()
    {
        await AllAsync();
        await RoundAsync();
        Assert.Empty(await IncidentsAsync());

        await AllAsync();
        await FeedAsync(Pulse("hook", outbox: 7, age: 500, dead: 2, free: 1 << 20, roles: new RoleBeat("dispatcher", Clock.GetUtcNow().AddSeconds(-900), Clock.GetUtcNow().AddSeconds(-600))));
        await RoundAsync();
        Assert.Equal(["deacon:dead-letters:hook", "deacon:disk:hook:a:1", "deacon:outbox:hook", "deacon:role:dispatcher"], await CausesAsync());
        Assert.Contains(await BeatsAsync(), b => b is { Role: "service/hook", Late: false });
        await RoundAsync();
        Assert.Equal(4, (await IncidentsAsync()).Count);

        await AllAsync();
        await RoundAsync();
        Assert.Empty(await IncidentsAsync());
        Assert.All(Host.Probe.Of<IncidentClosed>(), c => Assert.Equal("deacon", c.Event.Actor));
        Assert.Equal(4, Host.Probe.Of<IncidentClosed>().Count);
    }

    [Fact]
    public async Task A_service_that_falls_silent_is_told_of_and_an_old_replica_is_not()
    {
        await AllAsync();
        await FeedAsync(Pulse("hook", "gone:9"));
        for (var minute = 0; minute < 4; minute++)
        {
            foreach (var service in DeaconRules.Services.Where(s => s != "work")) await FeedAsync(Pulse(service));
            await RoundAsync();
        }
        Assert.Equal(["deacon:service:work"], await CausesAsync());
        Assert.Equal(Severity.Critical, (await IncidentsAsync())[0].Severity);
        Assert.Contains((await PatrolAsync("deacon"))!.Missed, m => m.StartsWith("work: silent", StringComparison.Ordinal));
        Assert.True((await BeatsAsync()).Single(b => b.Role == "service/work").Late);
        Assert.False((await BeatsAsync()).Single(b => b.Role == "service/hook").Late);
    }

    [Fact]
    public async Task A_consumer_that_does_not_keep_up_is_told_of_while_it_does_not()
    {
        await AllAsync();
        // Of an endpoint that replicas share the newest word counts, of a node's own its own.
        await FeedAsync(Pulse("hook", "b:2", backlog: [new("hook-work-item-facts", 5_000, 1)]));
        await PassAsync(1);
        await FeedAsync(Pulse("hook", backlog: [new("hook-work-item-facts", 1_000, 1), new("hook-mail", 1_001, 2)]));
        await FeedAsync(Pulse("supervisor", "n1:1", backlog: [new("supervisor-n1-rig-facts", 7_000, 0)]));
        await FeedAsync(Pulse("supervisor", "n2:1", backlog: [new("supervisor-n2-rig-facts", 3, null)]));
        await RoundAsync();
        Assert.Equal(["deacon:backlog:hook-mail", "deacon:backlog:supervisor-n1-rig-facts"], await CausesAsync());
        var incidents = (await IncidentsAsync()).ToDictionary(i => i.Cause);
        Assert.Equal((Severity.Medium, "1001 messages wait before it, with 2 consumers."), (incidents["deacon:backlog:hook-mail"].Severity, incidents["deacon:backlog:hook-mail"].Why));
        Assert.Equal((Severity.High, "7000 messages wait before it, and nobody takes them."), (incidents["deacon:backlog:supervisor-n1-rig-facts"].Severity, incidents["deacon:backlog:supervisor-n1-rig-facts"].Why));
        Assert.Equal("1001 wait before hook-mail", (await BeatsAsync()).Single(b => b.Role == "service/hook").Detail);

        await FeedAsync(Pulse("hook", backlog: [new("hook-work-item-facts", 0, 1), new("hook-mail", 0, 2)]));
        await FeedAsync(Pulse("work") with { Vitals = new(0, 0, 0, 1, 10L << 30) });
        await FeedAsync(Pulse("supervisor", "n1:1", backlog: [new("supervisor-n1-rig-facts", 0, 1)]));
        await RoundAsync();
        Assert.Empty(await IncidentsAsync());
        Assert.Equal("work: the broker did not say how many messages wait before it", Assert.Single((await PatrolAsync("deacon"))!.Missed));
        Assert.Null((await BeatsAsync()).Single(b => b.Role == "service/hook").Detail);
    }

    [Fact]
    public async Task Patrols_of_services_are_shown_and_late_ones_too()
    {
        var now = Clock.GetUtcNow();
        var report = new PatrolReport("retention:node:n1", now, 1.5, ["2 transcripts"], ["the town does not know sh-1"], ["removed 1 transcripts"], now.AddDays(1));
        await FeedAsync(report);
        await FeedAsync(report with { At = now.AddDays(-1), Findings = ["an older word"] });
        var shown = (await PatrolAsync(report.Patrol))!;
        Assert.Equal((1, false, report.DueAt), (shown.Runs, shown.Overdue, shown.DueAt!.Value));
        Assert.Equal([report.Looked, report.Missed, report.Findings], [shown.Looked, shown.Missed, shown.Findings]);
        await PassAsync(TimeSpan.FromDays(1.1).TotalSeconds);
        Assert.True((await PatrolAsync(report.Patrol))!.Overdue);
        // A node that is gone for good has no more rounds to show.
        await PassAsync(TimeSpan.FromDays(90).TotalSeconds);
        await Eventually.TrueAsync(async () => await PatrolAsync(report.Patrol) is null, Patience, "it is forgotten", Ct);
    }

    [Fact]
    public async Task A_node_with_sessions_that_falls_silent_is_told_of()
    {
        await AllAsync();
        var a = Samples.Assignment("sh-1", Nux);
        await GrantAsync(a);
        await BeatAsync(await StartAsync(a), moves: true);
        for (var minute = 0; minute < 3; minute++)
        {
            await AllAsync();
            await RoundAsync();
        }
        Assert.Contains("deacon:node:node-1", await CausesAsync());
        await FeedAsync(new SupervisorStopped(Event(SupervisorStopped.Type, "system/supervisor", null), new NodeSnapshot("node-1", 4, [], ["command"], [], false, Samples.Moment)));
        await RoundAsync();
        Assert.DoesNotContain("deacon:node:node-1", await CausesAsync());
    }

    [Fact]
    public async Task A_deacon_whose_due_round_is_lost_is_started_anew_by_the_boot()
    {
        var rounds = (await PatrolAsync("deacon"))!.Runs;
        await WithDbAsync(db => db.Outbox.ExecuteDeleteAsync(Ct));
        await Eventually.TrueAsync(async () =>
        {
            await PassAsync(20);
            return (await PatrolAsync("deacon"))!.Runs > rounds;
        }, Patience, "the deacon comes round again", Ct);
        Assert.Empty(await IncidentsAsync());
        await RoundAsync();
    }

    [Fact]
    public async Task A_deacon_that_is_stuck_is_an_incident_told_without_it()
    {
        await AllAsync();
        // What it cannot read makes every round fail, however often it is begun anew.
        await WithDbAsync(db => db.Database.ExecuteSqlRawAsync("update pulses set pulse = 'no pulse' where service = 'work'", Ct));
        await Eventually.TrueAsync(async () =>
        {
            await PassAsync(20);
            return (await IncidentsAsync()).Any(i => i.Cause == "boot:deacon");
        }, Patience, "the boot tells somebody", Ct);
        var incident = (await IncidentsAsync()).Single(i => i.Cause == "boot:deacon");
        Assert.Equal((Severity.Critical, "boot"), (incident.Severity, incident.Source));
        Assert.True((await PatrolAsync("boot"))!.Findings is [var finding] && finding.Contains("the deacon is late", StringComparison.Ordinal));

        await WithDbAsync(db => db.Pulses.Where(x => x.Service == "work").ExecuteDeleteAsync(Ct));
        await Eventually.TrueAsync(async () =>
        {
            await PassAsync(20);
            return (await IncidentsAsync()).All(i => i.Cause != "boot:deacon");
        }, Patience, "the boot sees it come round again", Ct);
        Assert.Equal("boot", Assert.Single(Host.Probe.Of<IncidentClosed>(), c => c.Incident.Cause == "boot:deacon").Event.Actor);
        Assert.False((await BeatsAsync()).Single(b => b.Role == "deacon").Late);
    }

    [Fact]
    public async Task What_was_over_long_ago_is_forgotten_and_what_is_open_is_not()
    {
        Guid Id(string cause) => (Host.Probe.Of<IncidentRaised>().Single(r => r.Incident.Cause == cause)).Incident.Id;
        foreach (var cause in new[] { "old", "open" }) await FeedAsync(new RaiseIncident(cause, Severity.Low, "overseer", "What", "Why.", ["Do"], null, null, null));
        (await Http.PostAsync($"/incidents/{Id("old")}/close", null, Ct)).EnsureSuccessStatusCode();
        await PassAsync(TimeSpan.FromDays(89).TotalSeconds);
        await RoundAsync();
        Assert.Equal(["old", "open"], (await IncidentsAsync(null)).Select(i => i.Cause).Where(c => c is "old" or "open").Order());
        await PassAsync(TimeSpan.FromDays(2).TotalSeconds);
        await RoundAsync();
        Assert.Equal(["open"], (await IncidentsAsync(null)).Select(i => i.Cause).Where(c => c is "old" or "open"));
        Assert.Contains((await PatrolAsync("retention"))!.Findings, f => f.StartsWith("forgot 1 incidents", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_decisions_judgements_and_agents_only_what_is_over_for_long_is_forgotten()
    {
        await WithDbAsync(db =>
        {
            var (now, before) = (Clock.GetUtcNow(), Clock.GetUtcNow().AddDays(-91));
            foreach (var (name, state, ended) in ((string, DecisionState, DateTimeOffset?)[])[("old", DecisionState.Answered, before), ("recent", DecisionState.Answered, now), ("open", DecisionState.Open, null)])
                db.Decisions.Add(new DecisionRow { Id = Guid.CreateVersion7(), Title = name, State = state, AskedBy = "overseer", AssignedTo = "overseer", AskedAt = before, EndedAt = ended });
            foreach (var (what, at) in ((string, DateTimeOffset)[])[("old", before), ("recent", now)]) db.History.Add(new HistoryRow { AgentId = Nux, At = at, What = what });
            foreach (var (name, retired, leased, since) in ((string, bool, bool, DateTimeOffset)[])[("old", true, false, before), ("leased", true, true, before), ("there", false, false, before), ("recent", true, false, now)])
                db.Agents.Add(new AgentRow { AgentId = $"shop/crew/{name}", RigId = "shop", Retired = retired, HasLease = leased, Since = since });
            // It came round when there was nothing to forget, and would do so again only tomorrow.
            db.Patrols.Single(p => p.Name == "retention").DueAt = now;
            return Task.CompletedTask;
        });
        await RoundAsync();
        await WithDbAsync(async db =>
        {
            Assert.Equal(["open", "recent"], await db.Decisions.Select(d => d.Title).Order().ToListAsync(Ct));
            Assert.Equal(["recent"], await db.History.Where(h => h.What == "old" || h.What == "recent").Select(h => h.What).ToListAsync(Ct));
            Assert.Equal(["shop/crew/leased", "shop/crew/recent", "shop/crew/there"], await db.Agents.Select(a => a.AgentId).Where(a => a.StartsWith("shop/crew/")).Order().ToListAsync(Ct));
        });
        Assert.Contains((await PatrolAsync("retention"))!.Findings, f => f == "forgot 0 incidents, 1 decisions, 1 judgements, 1 retired agents");
    }

    async Task WithDbAsync(Func<HealthDbContext, Task> work)
    {
        await using var scope = Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<HealthDbContext>();
        await db.TransactAsync(_ => work(db), Ct);
    }
}
