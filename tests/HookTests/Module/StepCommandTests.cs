using System.Net;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.HookTests.Module;

/// <summary>A workflow step's command: slung by Workflow alone, leased to the session that runs it and to nobody else.</summary>
public sealed class StepCommandTests
{
    static readonly PlannedRun Make = new(["make", "test"], 60);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A rig whose agents come by themselves: it names no program, and its supervisors run commands all the same.</summary>
    static async Task<(Scene Scene, StartSession Start)> SlungAsync(bool postgres = false)
    {
        var scene = await Scene.StartAsync(postgres);
        await scene.RigAsync(gitUrl: null);
        await scene.NodeAsync();
        await scene.ItemAsync("sh-mol1.1");
        await scene.Host.PublishAsync(new SlingWork("sh-mol-1", "sh-mol1.1", "shop/pool", null, null, null, null, Run: Make), Ct);
        await Eventually.TrueAsync(() => scene.Host.Probe.Of<StartSession>().Count == 1, TimeSpan.FromSeconds(60), "it is dispatched", Ct);
        await scene.IdleAsync();
        return (scene, scene.Host.Probe.Of<StartSession>().Single());
    }

    static Task<ClaimResult> ClaimAsync(Scene scene, StartSession start) =>
        scene.Supervisor.PostAsync<ClaimResult>($"/hooks/{start.AgentId}/claim?assignment={start.AssignmentId}&session={start.SessionId}", null);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_supervisor_gets_it_with_its_command_and_no_agent_does(bool postgres)
    {
        var (scene, start) = await SlungAsync(postgres);
        await using var _ = scene;
        foreach (var path in new[] { "/hooks/shop%2Fpool/claim", $"/hooks/{Uri.EscapeDataString(start.AgentId)}/claim", $"/hooks/{Uri.EscapeDataString(start.AgentId)}/claim?assignment={start.AssignmentId}" })
            Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent(start.AgentId).SendAsync(path, null)).StatusCode);
        var claim = await ClaimAsync(scene, start);
        Assert.Equal((Make.TimeoutSeconds, 1L), (claim.Assignment.Run!.TimeoutSeconds, claim.Lease.Fence));
        Assert.Equal(Make.Command, claim.Assignment.Run.Command);
    }

    [Fact]
    public async Task While_it_waits_for_a_node_no_agent_at_the_pool_is_given_it()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync(gitUrl: null);
        await scene.ItemAsync("sh-mol1.1");
        await scene.Host.PublishAsync(new SlingWork("sh-mol-1", "sh-mol1.1", "shop/pool", null, null, null, null, Run: Make), Ct);
        await scene.IdleAsync();
        var waiting = Assert.Single((await scene.Overseer.ReadAsync<RigQueue>("/rigs/shop/queue")).Pool);
        foreach (var path in new[] { "/hooks/shop%2Fpool/claim", $"/hooks/shop%2Fpool/claim?assignment={waiting.Id}" })
            Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent("shop/crew/ada").SendAsync(path, null)).StatusCode);
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new { id = "mayor" });
        await scene.Overseer.RefusedAsync("/hooks/mayor/sling", new SlingRequest("sh-mol1.1", Move: true), 409, "run-by-supervisor");
    }

    [Fact]
    public async Task What_it_says_is_final_and_only_a_lost_supervisor_is_an_attempt_more()
    {
        var (scene, start) = await SlungAsync();
        await using var _ = scene;
        await ClaimAsync(scene, start);
        // Its node dies; the lease runs out, and the command is given to whoever is there.
        await scene.PassAsync(TimeSpan.FromSeconds(91));
        await scene.NodeAsync();
        await Eventually.TrueAsync(() => scene.Host.Probe.Of<StartSession>().Count == 2, TimeSpan.FromSeconds(60), "it is dispatched again", Ct);
        await scene.IdleAsync();
        var again = await ClaimAsync(scene, scene.Host.Probe.Of<StartSession>().Last());
        Assert.Equal((2, 2L, Make.TimeoutSeconds), (again.Assignment.Attempt, again.Lease.Fence, again.Assignment.Run?.TimeoutSeconds));
        var done = await scene.Supervisor.PostAsync<DoneResult>("/work-items/sh-mol1.1/done", new DoneRequest(again.Lease.Token, CompletionOutcome.Failed, Reason: "Exit code 2.", FailureClass: "permanent"));
        Assert.Equal(WorkItemState.Open, done.State);
        await scene.IdleAsync();
        Assert.Equal(AssignmentState.Exhausted, (await scene.AssignmentAsync(start.AssignmentId)).State);
        Assert.Equal(2, scene.Host.Probe.Of<StartSession>().Count);
    }
}
