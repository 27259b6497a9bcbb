using System.Net;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.HookTests.Module;

/// <summary>Claim, renew, done, release, expiry: who holds what, and who is refused.</summary>
public sealed class LeaseTests
{
    const string Ada = "shop/crew/ada";
    const string Bob = "shop/crew/bob";

    [Theory, InlineData(false), InlineData(true)]
    public async Task From_sling_to_done(bool postgres)
    {
        await using var scene = await Scene.StartAsync(postgres);
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        var sling = await scene.SlingAsync("shop/pool", "sh-a");
        Assert.Equal("claim", sling.Next);
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        Assert.Equal((1, "cm/sh-a/1", AssignmentState.Leased), (claim.Lease.Fence, claim.Assignment.Branch, claim.Assignment.State));
        Assert.Equal("sh-a", claim.WorkItem.Id);
        Assert.Equal(scene.Clock.GetUtcNow().AddSeconds(900), claim.Lease.Until);

        scene.Clock.Advance(TimeSpan.FromSeconds(100));
        var renewed = await scene.Agent(Ada).PostAsync<RenewResult>("/leases/renew", new RenewRequest(claim.Lease.Token));
        Assert.Equal(claim.Lease.Until.AddSeconds(100), renewed.Until);

        var done = await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", Scene.Completed(claim));
        Assert.Equal((WorkItemState.Submitted, 1, false), (done.State, done.Fence, done.Replayed));
        var again = await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", new DoneRequest(claim.Lease.Token, CompletionOutcome.Failed));
        Assert.True(again.Replayed);
        Assert.Equal(done.Outcome.Summary, again.Outcome.Summary);
        await scene.IdleAsync();
        Assert.Equal(["assignment.queued", "lease.granted", "assignment.completed"],
            scene.Host.Probe.All.Where(s => s.Event?.WorkItemId == "sh-a" && !s.Event.Type.StartsWith("work-item", StringComparison.Ordinal)).Select(s => s.Event!.Type));
        Assert.Equal([1L, 2L, 3L], new[]
        {
            Assert.Single(scene.Host.Probe.Of<AssignmentQueued>()).Assignment.Revision, Assert.Single(scene.Host.Probe.Of<LeaseGranted>()).Assignment.Revision,
            Assert.Single(scene.Host.Probe.Of<AssignmentCompleted>()).Assignment.Revision,
        });
        // The check of a lease that is over was withdrawn with it.
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent(Ada).SendAsync($"/hooks/{Ada}/claim", null)).StatusCode);
    }
}
