using System.Net;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.HookTests.Module;

/// <summary>From the order on nothing of the scope is claimed or started, and nothing of it is lost.</summary>
public sealed class EmergencyStopTests
{
    const string Convoy = "hq-cv-one";
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<EmergencyStop> StopAsync(Scene scene, string scope) => scene.Overseer.PostAsync<EmergencyStop>("/runtime/stop", new StopRequest(scope, "wrong credentials"));

    static Task<Page<EmergencyStop>> LiftAsync(Scene scene, string scope) => scene.Overseer.PostAsync<Page<EmergencyStop>>("/runtime/resume", new StopRequest(scope));

    static async Task<StartSession> StartAsync(Scene scene, int number = 1)
    {
        await Eventually.TrueAsync(() => scene.Host.Probe.Of<StartSession>().Count >= number, TimeSpan.FromSeconds(60), $"{number} starts", Ct);
        await scene.IdleAsync();
        return scene.Host.Probe.Of<StartSession>()[number - 1];
    }

    static string ClaimPath(StartSession s) => $"/hooks/{s.AgentId}/claim?assignment={s.AssignmentId}&session={s.SessionId}";

    static async Task<Scene> TownAsync(bool postgres, bool managed = true)
    {
        var scene = await Scene.StartAsync(postgres);
        await scene.RigAsync(settings: managed ? Scene.Managed() : null);
        if (managed) await scene.NodeAsync();
        return scene;
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_bare_claim_is_taken_back_at_once_and_refused_until_the_way_back(bool postgres)
    {
        await using var scene = await TownAsync(postgres, managed: false);
        await scene.ItemAsync("sh-1");
        await scene.ItemAsync("sh-2");
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent("shop/crew/ada"));
        await scene.SlingAsync("shop/crew/ada", "sh-1");
        await scene.SlingAsync("shop/pool", "sh-2");
        var claim = await scene.ClaimAsync("shop/crew/ada");

        Assert.Empty((await StopAsync(scene, "rig:shop")).Left);
        await scene.Agent("shop/crew/ada").RefusedAsync("/leases/renew", new RenewRequest(claim.Lease.Token), 409, "lease-lost");
        await scene.Agent("shop/crew/ada").RefusedAsync("/work-items/sh-1/done", Scene.Completed(claim), 409, "lease-lost");
        foreach (var hook in new[] { "shop/crew/ada", "shop/pool" })
        {
            var no = await scene.Agent("shop/crew/ada").RefusedAsync($"/hooks/{hook}/claim", null, 409, "stopped");
            Assert.Contains("wrong credentials", no.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        var row = await scene.AssignmentAsync(claim.Assignment.Id);
        Assert.Equal((AssignmentState.Queued, 1, "shop/crew/ada"), (row.State, row.Attempt, row.HookId));

        Assert.Empty((await LiftAsync(scene, "rig:shop")).Items);
        Assert.Equal(claim.Lease.Fence + 1, (await scene.ClaimAsync("shop/crew/ada")).Lease.Fence);
        await scene.IdleAsync();
        Assert.Equal("wrong credentials", Assert.Single(scene.Host.Probe.Of<EmergencyStopOrdered>()).Reason);
        Assert.Equal(0, Assert.Single(scene.Host.Probe.Of<EmergencyStopCleared>()).TakenBack);
        Assert.Single(scene.Host.Probe.Of<EmergencyStopLifted>());
        await scene.Overseer.RefusedAsync("/runtime/resume", new StopRequest("rig:shop"), 404, "not-found");
    }

    [Fact]
    public async Task What_is_on_its_way_to_a_node_gets_no_lease_and_its_failed_start_counts_for_nothing()
    {
        await using var scene = await TownAsync(postgres: false);
        await scene.ItemAsync("sh-1");
        await scene.SlingAsync("shop/pool", "sh-1");
        for (var round = 1; round <= 3; round++)
        {
            var start = await StartAsync(scene, round);
            await StopAsync(scene, "town");
            await scene.Supervisor.RefusedAsync(ClaimPath(start), null, 409, "stopped");
            Assert.Null((await scene.AssignmentAsync(start.AssignmentId)).SessionId);
            var session = new SessionSnapshot(start.SessionId, start.NodeId, start.AgentId, "shop", "sh-1", start.AssignmentId, 0, SessionState.StartFailed, null, null, null, "The claim was refused", null, 0, null, null,
                scene.Clock.GetUtcNow(), null, null);
            await scene.Host.PublishAsync(new SessionStartFailed(scene.Header(SessionStartFailed.Type), session), Ct);
            await scene.IdleAsync();
            Assert.Contains("emergency stop", Assert.Single((await scene.Overseer.ReadAsync<SchedulerStatus>("/scheduler")).Waiting).Reason, StringComparison.Ordinal);
            await LiftAsync(scene, "town");
        }
        // A runtime that failed three times in a row would be closed by now.
        var claim = await scene.Supervisor.PostAsync<ClaimResult>(ClaimPath(await StartAsync(scene, 4)), null);
        Assert.Equal((1, 1), (claim.Assignment.Attempt, claim.Lease.Fence));
        Assert.Empty((await scene.Overseer.ReadAsync<SchedulerStatus>("/scheduler")).Circuits);
    }

    [Fact]
    public async Task A_convoy_is_stopped_and_its_neighbours_go_on()
    {
        await using var scene = await TownAsync(postgres: false, managed: false);
        foreach (var (item, convoy) in new[] { ("sh-1", Convoy), ("sh-2", "hq-cv-two") })
        {
            await scene.ItemAsync(item);
            await scene.SlingAsync("shop/pool", item, new SlingRequest(ConvoyId: convoy));
        }
        await StopAsync(scene, $"convoy:{Convoy}");
        Assert.Equal("sh-2", (await scene.ClaimAsync("shop/crew/ada", "shop/pool")).WorkItem.Id);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent("shop/crew/bob").SendAsync("/hooks/shop/pool/claim", null)).StatusCode);
        await LiftAsync(scene, $"convoy:{Convoy}");
        Assert.Equal("sh-1", (await scene.ClaimAsync("shop/crew/bob", "shop/pool")).WorkItem.Id);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_loses_its_leases_at_the_last_look_and_a_person_hears_of_it()
    {
        await using var scene = await TownAsync(postgres: false);
        await scene.ItemAsync("sh-1");
        await scene.SlingAsync("shop/pool", "sh-1");
        var start = await StartAsync(scene);
        var claim = await scene.Supervisor.PostAsync<ClaimResult>(ClaimPath(start), null);

        Assert.Equal(start.SessionId, Assert.Single((await StopAsync(scene, "town")).Left).SessionId);
        // Its supervisor is given the time to save the work and to give the lease back itself.
        await scene.PassAsync(TimeSpan.FromSeconds(3.5));
        await scene.Supervisor.PostAsync<RenewResult>("/leases/renew", new RenewRequest(claim.Lease.Token));
        Assert.All(scene.Host.Probe.Of<StopSession>(), s => Assert.True(s is { Halt: true } && s.SessionId == start.SessionId));
        Assert.NotEmpty(scene.Host.Probe.Of<StopSession>());

        await scene.PassAsync(TimeSpan.FromSeconds(5));
        await scene.Supervisor.RefusedAsync("/leases/renew", new RenewRequest(claim.Lease.Token), 409, "lease-lost");
        var row = await scene.AssignmentAsync(start.AssignmentId);
        Assert.Equal((AssignmentState.Queued, 1), (row.State, row.Attempt));
        Assert.Equal(1, Assert.Single(scene.Host.Probe.Of<EmergencyStopCleared>()).TakenBack);
        var incident = Assert.Single(scene.Host.Probe.Of<RaiseIncident>());
        Assert.Equal((Severity.Critical, "emergency-stop:town"), (incident.Severity, incident.Cause));
        Assert.Contains("n1", incident.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_given_back_in_time_clears_it()
    {
        await using var scene = await TownAsync(postgres: false);
        await scene.ItemAsync("sh-1");
        await scene.SlingAsync("shop/pool", "sh-1");
        var claim = await scene.Supervisor.PostAsync<ClaimResult>(ClaimPath(await StartAsync(scene)), null);
        await StopAsync(scene, "town");
        await scene.Supervisor.SendAsync("/leases/release", new ReleaseRequest(claim.Lease.Token, "Emergency stop of town"));
        await scene.PassAsync(TimeSpan.FromSeconds(1.5));
        Assert.InRange(Assert.Single(scene.Host.Probe.Of<EmergencyStopCleared>()).Seconds, 1, 2);
        await scene.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(scene.Host.Probe.Of<RaiseIncident>());
        Assert.Single(scene.Host.Probe.Of<StartSession>());
        Assert.NotNull(Assert.Single((await scene.Overseer.ReadAsync<Page<EmergencyStop>>("/runtime/stops")).Items).ClearedAt);
    }

    [Theory]
    [InlineData("overseer/kim", "operator", "town", 403)]
    [InlineData("overseer/kim", "operator", "convoy:hq-cv-one", 403)]
    [InlineData("overseer/kim", "operator", "rig:other", 403)]
    [InlineData("overseer/kim", "operator", "rig:shop", 200)]
    [InlineData("shop/crew/ada", "agent", "rig:shop", 403)]
    [InlineData("overseer", "overseer", "rig:nothing", 404)]
    [InlineData("overseer", "overseer", "shop", 400)]
    [InlineData("overseer", "overseer", null, 400)]
    public async Task Who_may_stop_what(string actor, string role, string? scope, int status)
    {
        await using var scene = await TownAsync(postgres: false);
        var client = scene.Host.Client(actor, role, rigs: role == "operator" ? ["shop"] : []);
        Assert.Equal(status, (int)(await client.SendAsync("/runtime/stop", new StopRequest(scope))).StatusCode);
    }
}
