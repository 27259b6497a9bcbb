using System.Net;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.HookTests.Module;

/// <summary>Work passed on with its context, once; parked and opened by the clock; never lost.</summary>
public sealed class HandoffTests
{
    const string Ada = "shop/crew/ada";
    const string Bob = "shop/crew/bob";

    static async Task<(Scene Scene, ClaimResult Claim)> WorkingAsync()
    {
        var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent(Bob));
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        return (scene, await scene.ClaimAsync(Ada, "shop/pool"));
    }

    static HandoffRequest To(ClaimResult claim, string? to = null) =>
        new(claim.Lease.Token, to, "context full", new HandoffContext("half done", ["a"], ["b"], ["f.cs"]), claim.Assignment.Branch, new string('b', 40));

    [Fact]
    public async Task Handed_to_another_it_is_resumed_once_even_by_many_at_once()
    {
        var (scene, claim) = await WorkingAsync();
        await using var _ = scene;
        var handoff = await scene.Agent(Ada).PostAsync<HandoffSnapshot>("/handoffs", To(claim, Bob));
        Assert.Equal((HandoffState.Pending, Bob), (handoff.State, handoff.ToHookId));
        Assert.Equal(handoff.Id, Assert.Single((await scene.Overseer.ReadAsync<Page<HandoffSnapshot>>("/handoffs?state=pending")).Items).Id);
        await scene.Agent(Ada).RefusedAsync("/leases/renew", new RenewRequest(claim.Lease.Token), 409, "lease-lost");
        await scene.Agent(Ada).RefusedAsync("/resumes", new ResumeRequest(handoff.Id, null, Ada), 403, "forbidden");
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => scene.Agent(Bob).SendAsync("/resumes", new ResumeRequest(handoff.Id, null, Bob))));
        var ok = Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a != ok), a => Assert.Equal(HttpStatusCode.Conflict, a.StatusCode));
        var resumed = System.Text.Json.JsonSerializer.Deserialize<ClaimResult>(
            await ok.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), ServiceDefaults.Edge.JsonSettings.Web)!;
        Assert.Equal((2, 1, "half done", "cm/sh-a/1"), (resumed.Lease.Fence, resumed.Assignment.Attempt, resumed.Handoff!.Context.Summary, resumed.Assignment.BaseBranch));
        await scene.Agent(Bob).RefusedAsync("/resumes", new ResumeRequest(handoff.Id, null, Bob), 409, "already-resumed");
        await scene.IdleAsync();
        Assert.Single(scene.Host.Probe.Events(HandoffAccepted.Type));
    }

    [Fact]
    public async Task Without_a_target_a_plain_claim_takes_it_up()
    {
        var (scene, claim) = await WorkingAsync();
        await using var _ = scene;
        var handoff = await scene.Agent(Ada).PostAsync<HandoffSnapshot>("/handoffs", To(claim));
        Assert.Equal(Ada, handoff.ToHookId);
        Assert.Equal("half done", (await scene.ClaimAsync(Ada)).Handoff?.Context.Summary);
        Assert.Equal(HandoffState.Accepted, (await scene.Overseer.ReadAsync<HandoffSnapshot>($"/handoffs/{handoff.Id}")).State);
    }

    [Fact]
    public async Task Not_taken_up_in_time_it_goes_to_the_pool_with_its_context()
    {
        var (scene, claim) = await WorkingAsync();
        await using var _ = scene;
        var handoff = await scene.Agent(Ada).PostAsync<HandoffSnapshot>("/handoffs", To(claim, Bob));
        await scene.PassAsync(TimeSpan.FromSeconds(901));
        Assert.Equal("shop/pool", (await scene.AssignmentAsync(handoff.AssignmentId)).HookId);
        Assert.Single(scene.Host.Probe.Of<RaiseIncident>());
        await scene.Agent(Bob).RefusedAsync("/resumes", new ResumeRequest(handoff.Id, null, Bob), 409, "handoff-expired");
        var next = await scene.ClaimAsync("shop/crew/eve", "shop/pool");
        Assert.Equal(("half done", HandoffState.Expired), (next.Handoff!.Context.Summary, next.Handoff.State));
    }

    [Fact]
    public async Task Parked_work_comes_back_when_its_time_has_come()
    {
        var (scene, claim) = await WorkingAsync();
        await using var _ = scene;
        var opens = scene.Clock.GetUtcNow().AddHours(2);
        await scene.Agent(Ada).RefusedAsync("/handoffs", To(claim) with { Gate = new HandoffGate("human") }, 422, "gate-not-served");
        await scene.Agent(Ada).RefusedAsync("/handoffs", To(claim) with { Gate = new HandoffGate("time", scene.Clock.GetUtcNow()) }, 400, "invalid");
        var handoff = await scene.Agent(Ada).PostAsync<HandoffSnapshot>("/handoffs", To(claim) with { Gate = new HandoffGate("time", opens) });
        Assert.Equal(HandoffState.Parked, handoff.State);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent(Ada).SendAsync($"/hooks/{Ada}/claim", null)).StatusCode);
        await scene.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(AssignmentState.Parked, (await scene.AssignmentAsync(handoff.AssignmentId)).State);
        await scene.PassAsync(TimeSpan.FromMinutes(61));
        Assert.Equal("half done", (await scene.ClaimAsync(Ada)).Handoff?.Context.Summary);
        Assert.Single(scene.Host.Probe.Events(AssignmentParked.Type));
    }

    [Fact]
    public async Task Parked_work_may_be_resumed_before_its_time()
    {
        var (scene, claim) = await WorkingAsync();
        await using var _ = scene;
        await scene.Agent(Ada).PostAsync<HandoffSnapshot>("/handoffs", To(claim) with { Gate = new HandoffGate("time", scene.Clock.GetUtcNow().AddHours(2)) });
        Assert.Equal(2, (await scene.Agent(Ada).PostAsync<ClaimResult>("/resumes", new ResumeRequest(null, "sh-a", Ada))).Lease.Fence);
        await scene.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(scene.Host.Probe.Of<RaiseIncident>());
    }
}
