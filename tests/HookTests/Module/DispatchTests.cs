using System.Net;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.HookTests.Module;

/// <summary>Who gets a slot, and what happens when a start comes to nothing.</summary>
public sealed class DispatchTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal static MergeRequestSnapshot Request(ClaimResult claim, int attempt, MergeRequestState state) => new(
        "sh-mr-1", "shop", claim.WorkItem.Id, "t", claim.Assignment.Branch!, new string('a', 40), null, "main", claim.Assignment.AgentId!, claim.Lease.Fence, 2, MergeStrategy.Merge,
        attempt, state, [], null, "the gate said no", null, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null, 1);

    static async Task<IReadOnlyList<StartSession>> StartsAsync(Scene scene, int count)
    {
        await Eventually.TrueAsync(() => scene.Host.Probe.Of<StartSession>().Count >= count, TimeSpan.FromSeconds(60), $"{count} starts", Ct);
        await scene.IdleAsync();
        return scene.Host.Probe.Of<StartSession>();
    }

    static Task<ClaimResult> ClaimAsync(Scene scene, StartSession start) =>
        scene.Supervisor.PostAsync<ClaimResult>($"/hooks/{start.AgentId}/claim?assignment={start.AssignmentId}&session={start.SessionId}", null);

    static SessionSnapshot Session(StartSession s, SessionState state, string? reason = null) => new(
        s.SessionId, s.NodeId, s.AgentId, s.RigId, s.WorkItemId, s.AssignmentId, 1, state, null, null, null, reason, null, 0, null, null, DateTimeOffset.UnixEpoch, null, null);

    static async Task<Scene> TownAsync(int items, int slots = 4, int maxWorkers = 4, Dictionary<string, string?>? settings = null)
    {
        var scene = await Scene.StartAsync(settings: settings);
        await scene.RigAsync(settings: Scene.Managed(maxWorkers));
        await scene.NodeAsync(slots: slots);
        for (var i = 0; i < items; i++)
        {
            await scene.ItemAsync($"sh-{i}");
            await scene.SlingAsync("shop/pool", $"sh-{i}");
        }
        return scene;
    }

    [Fact]
    public async Task The_pool_is_given_to_polecats_up_to_the_rigs_limit_and_idle_ones_are_used_again()
    {
        await using var scene = await TownAsync(3, maxWorkers: 2);
        var starts = await StartsAsync(scene, 2);
        Assert.Equal(2, starts.Count);
        Assert.Equal(["shop/polecats/ash", "shop/polecats/basalt"], starts.Select(s => s.AgentId).Order());
        var queue = await scene.Overseer.ReadAsync<RigQueue>("/rigs/shop/queue");
        Assert.Contains("no free slot", Assert.Single(queue.Waiting, w => w.Reason.Contains("slot", StringComparison.Ordinal)).Reason, StringComparison.Ordinal);

        var claim = await ClaimAsync(scene, starts[0]);
        Assert.NotNull(claim.SessionToken);
        Assert.Equal(scene.Clock.GetUtcNow().AddSeconds(90), claim.Lease.Until);
        await scene.Supervisor.PostAsync<DoneResult>($"/work-items/{claim.WorkItem.Id}/done", Scene.Completed(claim));
        starts = await StartsAsync(scene, 3);
        Assert.Equal(starts[0].AgentId, starts[2].AgentId);
        Assert.Equal(2, (await scene.Overseer.ReadAsync<Page<AgentSnapshot>>("/agents?rig=shop&role=polecats")).Items.Count);
    }

    [Fact]
    public async Task A_session_claims_only_what_it_was_started_for()
    {
        await using var scene = await TownAsync(1);
        var start = Assert.Single(await StartsAsync(scene, 1));
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Supervisor.SendAsync($"/hooks/{start.AgentId}/claim?assignment={start.AssignmentId}&session={Guid.NewGuid()}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent(start.AgentId).SendAsync($"/hooks/{start.AgentId}/claim", null)).StatusCode);
        await scene.Agent(start.AgentId).RefusedAsync($"/hooks/{start.AgentId}/claim?assignment={start.AssignmentId}&session={start.SessionId}", null, 403, "forbidden");
        var first = await ClaimAsync(scene, start);
        // Its node crashed before it noted the token, and asks again.
        var again = await ClaimAsync(scene, start);
        Assert.Equal((1, 2, 1), (first.Lease.Fence, again.Lease.Fence, again.Assignment.Attempt));
        await scene.Supervisor.RefusedAsync("/leases/renew", new RenewRequest(first.Lease.Token), 409, "lease-lost");
        await scene.Supervisor.PostAsync<RenewResult>("/leases/renew", new RenewRequest(again.Lease.Token));
        await scene.PassAsync(TimeSpan.FromSeconds(89));
        Assert.Equal(AssignmentState.Leased, (await scene.AssignmentAsync(start.AssignmentId)).State);
        var done = await scene.Supervisor.PostAsync<DoneResult>($"/work-items/{again.WorkItem.Id}/done", Scene.Completed(again));
        await scene.IdleAsync();
        Assert.Equal((start.SessionId, WorkItemState.Submitted), (Assert.Single(scene.Host.Probe.Of<AssignmentCompleted>()).Assignment.SessionId, done.State));
    }

    [Fact]
    public async Task A_start_nobody_answers_goes_back_to_wait_and_the_late_session_is_refused()
    {
        await using var scene = await TownAsync(1);
        var first = Assert.Single(await StartsAsync(scene, 1));
        await scene.PassAsync(TimeSpan.FromSeconds(31));
        await scene.NodeAsync();
        Assert.Equal("shop/pool", (await scene.AssignmentAsync(first.AssignmentId)).HookId);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Supervisor.SendAsync($"/hooks/{first.AgentId}/claim?assignment={first.AssignmentId}&session={first.SessionId}", null)).StatusCode);
        await scene.PassAsync(TimeSpan.FromSeconds(3));
        var starts = await StartsAsync(scene, 2);
        Assert.NotEqual(first.SessionId, starts[1].SessionId);
        await ClaimAsync(scene, starts[1]);
    }

    [Fact]
    public async Task What_is_handed_to_the_pool_is_given_to_another_than_who_gave_it_up()
    {
        await using var scene = await TownAsync(1);
        var first = Assert.Single(await StartsAsync(scene, 1));
        var claim = await ClaimAsync(scene, first);
        await scene.Supervisor.PostAsync<HandoffSnapshot>("/handoffs", new HandoffRequest(claim.Lease.Token, "shop/pool", "it got stuck"));
        var second = (await StartsAsync(scene, 2))[1];
        Assert.NotEqual(first.AgentId, second.AgentId);
        Assert.Equal("it got stuck", (await ClaimAsync(scene, second)).Handoff?.Reason);
    }

    [Fact]
    public async Task Mail_of_the_suite_is_delivered_once()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        var mail = new DeliverMail(Guid.CreateVersion7(), "shop/witness", "mayor", "Stuck", "Look at it.", "escalation", 1, "sh-1");
        await scene.Host.PublishAsync(mail, Ct);
        await scene.Host.PublishAsync(mail, Ct);
        await scene.IdleAsync();
        var read = Assert.Single((await scene.Overseer.ReadAsync<Page<MailSnapshot>>("/agents/mayor/mail")).Items);
        Assert.Equal(("shop/witness", "Stuck", "escalation"), (read.From, read.Subject, read.Type));
        Assert.Single(scene.Host.Probe.Events(MailSent.Type));
    }

    [Fact]
    public async Task A_node_that_falls_silent_is_given_a_start_once_and_the_next_one_goes_elsewhere()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync(settings: Scene.Managed());
        await scene.NodeAsync("n1");
        await scene.NodeAsync("n2");
        await scene.ItemAsync("sh-0");
        await scene.SlingAsync("shop/pool", "sh-0");
        var silent = Assert.Single(await StartsAsync(scene, 1)).NodeId;
        await scene.PassAsync(TimeSpan.FromSeconds(31));
        await scene.PassAsync(TimeSpan.FromSeconds(3));
        var second = (await StartsAsync(scene, 2))[1];
        Assert.NotEqual(silent, second.NodeId);
        await ClaimAsync(scene, second);
    }

    [Fact]
    public async Task Three_failed_starts_open_the_circuit_until_an_operator_closes_it()
    {
        await using var scene = await TownAsync(1);
        for (var i = 1; i <= 3; i++)
        {
            var start = (await StartsAsync(scene, i))[^1];
            await scene.Host.PublishAsync(new SessionStartFailed(scene.Header(SessionStartFailed.Type), Session(start, SessionState.StartFailed, "no such program")), Ct);
            await scene.PassAsync(TimeSpan.FromSeconds(20));
            await scene.NodeAsync();
        }
        await scene.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(3, scene.Host.Probe.Of<StartSession>().Count);
        Assert.Equal("circuit:shop:command", Assert.Single(scene.Host.Probe.Of<RaiseIncident>()).Cause);
        var status = await scene.Overseer.ReadAsync<SchedulerStatus>("/scheduler");
        Assert.Equal("no such program", Assert.Single(status.Circuits).Reason);
        await scene.Overseer.PostAsync<SchedulerStatus>("/scheduler/resume", new SchedulerScope("rig:shop"));
        await scene.NodeAsync();
        await StartsAsync(scene, 4);
    }

    [Fact]
    public async Task A_node_that_dies_with_starts_in_hand_stops_nothing_but_itself()
    {
        await using var scene = await TownAsync(3);
        await StartsAsync(scene, 3);
        await scene.PassAsync(TimeSpan.FromSeconds(31));
        await scene.NodeAsync();
        await scene.PassAsync(TimeSpan.FromSeconds(3));
        foreach (var start in (await StartsAsync(scene, 6)).Skip(3)) await ClaimAsync(scene, start);
        Assert.Empty(scene.Host.Probe.Of<RaiseIncident>());
    }

    [Fact]
    public async Task What_the_town_is_to_blame_for_opens_no_circuit_is_tried_on_and_told_once()
    {
        await using var scene = await TownAsync(1);
        for (var i = 1; i <= 7; i++)
        {
            var start = (await StartsAsync(scene, i))[^1];
            await scene.Host.PublishAsync(new SessionStartFailed(scene.Header(SessionStartFailed.Type), Session(start, SessionState.StartFailed, "the town did not answer"), StartFault.Town), Ct);
            await scene.IdleAsync();
            Assert.Equal(i < 6 ? 0 : 1, scene.Host.Probe.Of<RaiseIncident>().Count);
            await scene.PassAsync(TimeSpan.FromSeconds(130));
            await scene.NodeAsync();
        }
        await StartsAsync(scene, 8);
        Assert.Empty((await scene.Overseer.ReadAsync<SchedulerStatus>("/scheduler")).Circuits);
        var told = Assert.Single(scene.Host.Probe.Of<RaiseIncident>());
        Assert.Equal(("start:sh-0", "the town did not answer"), (told.Cause, told.Why));
    }

    [Fact]
    public async Task Paused_nothing_starts_and_resumed_it_does()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync(settings: Scene.Managed());
        await scene.NodeAsync();
        await scene.Agent("shop/crew/ada").RefusedAsync("/scheduler/pause", new SchedulerScope("town"), 403, "forbidden");
        await scene.Overseer.RefusedAsync("/scheduler/pause", new SchedulerScope("rig:none"), 404, "not-found");
        foreach (var scope in new[] { "town", "rig:shop" })
        {
            var item = await scene.ItemAsync(scope == "town" ? "sh-a" : "sh-b");
            await scene.Overseer.PostAsync<SchedulerStatus>("/scheduler/pause", new SchedulerScope(scope, "audit"));
            await scene.Overseer.PostAsync<SlingResult>("/runtime/workers", new SpawnWorker("shop", item));
            await scene.IdleAsync();
            var status = await scene.Overseer.ReadAsync<SchedulerStatus>("/scheduler");
            Assert.Contains("audit", Assert.Single(status.Waiting).Reason, StringComparison.Ordinal);
            await scene.Overseer.PostAsync<SchedulerStatus>("/scheduler/resume", new SchedulerScope(scope));
            await StartsAsync(scene, scope == "town" ? 1 : 2);
        }
    }

    [Fact]
    public async Task An_expired_session_is_dispatched_again_and_a_closed_item_stops_it()
    {
        await using var scene = await TownAsync(1);
        var claim = await ClaimAsync(scene, Assert.Single(await StartsAsync(scene, 1)));
        await scene.PassAsync(TimeSpan.FromSeconds(91));
        await scene.NodeAsync();
        var again = (await StartsAsync(scene, 2))[1];
        Assert.Equal(claim.Assignment.Id, again.AssignmentId);
        var second = await ClaimAsync(scene, again);
        Assert.Equal((2, 2), (second.Lease.Fence, second.Assignment.Attempt));
        await scene.ItemAsync("sh-0", state: WorkItemState.Closed);
        Assert.Equal(again.SessionId, Assert.Single(scene.Host.Probe.Of<StopSession>()).SessionId);
    }

    [Fact]
    public async Task What_the_merge_queue_sends_back_goes_to_the_same_agent_with_feedback_until_it_is_enough()
    {
        await using var scene = await TownAsync(1);
        var agent = "";
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var start = (await StartsAsync(scene, attempt))[^1];
            if (attempt == 1) agent = start.AgentId;
            Assert.Equal(agent, start.AgentId);
            var claim = await ClaimAsync(scene, start);
            Assert.Equal((attempt, attempt == 1 ? "main" : $"cm/sh-0/{attempt - 1}", attempt == 1 ? null : "the gate said no"),
                (claim.Assignment.Attempt, claim.Assignment.BaseBranch, claim.Assignment.Feedback));
            await scene.Supervisor.PostAsync<DoneResult>("/work-items/sh-0/done", Scene.Completed(claim));
            await scene.Host.PublishAsync(new MergeRejected(scene.Header(MergeRejected.Type), Request(claim, attempt, MergeRequestState.Rejected)), Ct);
            await scene.IdleAsync();
        }
        Assert.Equal("merge-attempts:sh-0", Assert.Single(scene.Host.Probe.Of<RaiseIncident>()).Cause);
        Assert.Equal(3, scene.Host.Probe.Of<StartSession>().Count);
        Assert.Equal(3, (await scene.Overseer.ReadAsync<AgentDetail>($"/agents/{agent}")).Profile.TrackRecord.Rejections);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("hq-cv-other")]
    public async Task What_the_merge_queue_sends_back_is_of_the_convoy_that_its_item_is_in_by_then(string? convoy)
    {
        await using var scene = await TownAsync(1);
        var claim = await ClaimAsync(scene, Assert.Single(await StartsAsync(scene, 1)));
        await scene.Supervisor.PostAsync<DoneResult>("/work-items/sh-0/done", Scene.Completed(claim));
        await scene.Host.PublishAsync(new WorkItemUpdated(scene.Header(WorkItemUpdated.Type), scene.Snapshot("sh-0", state: WorkItemState.Submitted) with { ConvoyId = convoy }), Ct);
        await scene.IdleAsync();
        Assert.NotNull(scene.Host.Probe.Of<AssignmentCompleted>().Single().Assignment.ConvoyId);
        await scene.Host.PublishAsync(new MergeRejected(scene.Header(MergeRejected.Type), Request(claim, 1, MergeRequestState.Rejected)), Ct);
        await scene.IdleAsync();
        Assert.Equal(convoy, scene.Host.Probe.Of<AssignmentQueued>()[^1].Assignment.ConvoyId);
    }

    [Fact]
    public async Task A_command_given_later_takes_over_what_waits()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.NodeAsync();
        await scene.ItemAsync("sh-a");
        Assert.Equal("claim", (await scene.SlingAsync("shop/pool", "sh-a")).Next);
        await scene.RigAsync(settings: Scene.Managed());
        Assert.Equal("sh-a", Assert.Single(await StartsAsync(scene, 1)).WorkItemId);
    }
}
