using System.Net;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;

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
        Assert.Equal([1L, 2L, 3L], new[]
        {
            Assert.Single(scene.Host.Probe.Of<AssignmentQueued>()).Assignment.Revision, Assert.Single(scene.Host.Probe.Of<LeaseGranted>()).Assignment.Revision,
            Assert.Single(scene.Host.Probe.Of<AssignmentCompleted>()).Assignment.Revision,
        });
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent(Ada).SendAsync($"/hooks/{Ada}/claim", null)).StatusCode);
        var record = (await scene.Overseer.ReadAsync<AgentDetail>($"/agents/{Ada}")).Profile.TrackRecord;
        Assert.Equal((1, 0, 100.0, 0.5), (record.Completions, record.Merges, record.MedianSeconds, record.CostUsd));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Sixteen_claimers_and_five_items_make_five_leases(bool postgres)
    {
        await using var scene = await Scene.StartAsync(postgres);
        await scene.RigAsync();
        for (var i = 0; i < 5; i++)
        {
            await scene.ItemAsync($"sh-{i}");
            await scene.SlingAsync("shop/pool", $"sh-{i}");
        }
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => scene.Agent($"shop/polecats/p{i}").SendAsync("/hooks/shop/pool/claim", null)));
        Assert.Equal(11, answers.Count(a => a.StatusCode == HttpStatusCode.NoContent));
        var claims = await Task.WhenAll(answers.Where(a => a.StatusCode == HttpStatusCode.OK).Select(a => a.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(5, claims.Select(c => System.Text.Json.JsonSerializer.Deserialize<ClaimResult>(c, JsonSettings.Web)!.WorkItem.Id).Distinct().Count());
        await scene.IdleAsync();
        Assert.Equal(5, scene.Host.Probe.Events(LeaseGranted.Type).Count);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task One_agent_claiming_from_everywhere_at_once_holds_one_lease(bool postgres)
    {
        await using var scene = await Scene.StartAsync(postgres);
        await scene.RigAsync();
        for (var i = 0; i < 4; i++)
        {
            await scene.ItemAsync($"sh-{i}");
            await scene.SlingAsync("shop/pool", $"sh-{i}");
        }
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => scene.Agent(Ada).SendAsync("/hooks/shop/pool/claim", null)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        // A claim passes over what others are just taking: PostgreSQL may leave it nothing to refuse.
        Assert.Equal(7, answers.Count(a => a.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.NoContent));
        var problem = await scene.Agent(Ada).RefusedAsync("/hooks/shop/pool/claim", null, 409, "lease-held");
        Assert.StartsWith("sh-", problem.GetProperty("workItemId").GetString(), StringComparison.Ordinal);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Done_said_at_once_by_many_is_done_once(bool postgres)
    {
        await using var scene = await Scene.StartAsync(postgres);
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        var done = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", Scene.Completed(claim) with { Summary = $"said {i}" })));
        var first = Assert.Single(done, d => !d.Replayed);
        Assert.All(done, d => Assert.Equal(first.Outcome.Summary, d.Outcome.Summary));
        await scene.IdleAsync();
        Assert.Single(scene.Host.Probe.Events(AssignmentCompleted.Type));
    }

    [Fact]
    public async Task An_expired_lease_is_taken_back_and_its_token_refused_everywhere()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        var old = await scene.ClaimAsync(Ada, "shop/pool");
        // Renewed once: the first check finds it alive and comes again.
        await scene.PassAsync(TimeSpan.FromSeconds(600));
        await scene.Agent(Ada).PostAsync<RenewResult>("/leases/renew", new RenewRequest(old.Lease.Token));
        await scene.PassAsync(TimeSpan.FromSeconds(400));
        Assert.Equal(AssignmentState.Leased, (await scene.AssignmentAsync(old.Assignment.Id)).State);
        await scene.PassAsync(TimeSpan.FromSeconds(501));
        var back = await scene.AssignmentAsync(old.Assignment.Id);
        Assert.Equal((AssignmentState.Queued, 2, "shop/pool", null), (back.State, back.Attempt, back.HookId, back.AgentId));
        Assert.Equal(AssignmentState.Queued, Assert.Single(scene.Host.Probe.Of<LeaseExpired>()).Assignment.State);

        var next = await scene.ClaimAsync(Bob, "shop/pool");
        Assert.Equal(2, next.Lease.Fence);
        await scene.Agent(Ada).RefusedAsync("/leases/renew", new RenewRequest(old.Lease.Token), 409, "lease-lost");
        await scene.Agent(Ada).RefusedAsync("/leases/release", new ReleaseRequest(old.Lease.Token), 409, "lease-lost");
        await scene.Agent(Ada).RefusedAsync("/handoffs", new HandoffRequest(old.Lease.Token), 409, "lease-lost");
        Assert.Equal(old.Assignment.Id, Assert.Single((await scene.Overseer.ReadAsync<Page<AssignmentSnapshot>>("/assignments?state=leased&workItem=sh-a")).Items).Id);
        var problem = await scene.Agent(Ada).RefusedAsync("/work-items/sh-a/done", Scene.Completed(old), 409, "lease-lost");
        Assert.Equal((Bob, 2), (problem.GetProperty("holder").GetString(), problem.GetProperty("fence").GetInt64()));
        var batch = await scene.Supervisor.PostAsync<RenewResults>("/leases/renew", new RenewRequest(null, [old.Lease.Token, next.Lease.Token]));
        Assert.Equal(["lease-lost", null], batch.Items.Select(i => i.Refused));
    }

    [Fact]
    public async Task The_last_attempt_exhausts_with_an_incident_and_the_next_sling_goes_on_with_the_fence()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a", new SlingRequest(MaxAttempts: 2));
        await scene.ClaimAsync(Ada, "shop/pool");
        await scene.PassAsync(TimeSpan.FromSeconds(901));
        var last = await scene.ClaimAsync(Ada, "shop/pool");
        var result = await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", new DoneRequest(last.Lease.Token, CompletionOutcome.Failed, Reason: "no way"));
        Assert.Equal(WorkItemState.Open, result.State);
        await scene.IdleAsync();
        Assert.Equal("no way", Assert.Single(scene.Host.Probe.Of<AssignmentExhausted>()).Reason);
        Assert.Equal("exhausted:sh-a", Assert.Single(scene.Host.Probe.Of<RaiseIncident>()).Cause);
        Assert.True((await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", new DoneRequest(last.Lease.Token, CompletionOutcome.Completed))).Replayed);
        await scene.SlingAsync("shop/pool", "sh-a");
        var claim = await scene.ClaimAsync(Bob, "shop/pool");
        Assert.Equal((3, 1), (claim.Lease.Fence, claim.Assignment.Attempt));
        Assert.True(claim.Assignment.Revision > last.Assignment.Revision);
    }

    [Theory, InlineData("sh-molabcd.2", 1), InlineData("sh-molx7k2m.2", 0)]
    public async Task Of_a_workflows_step_its_workflow_calls_a_person(string item, int incidents)
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync(item);
        await scene.SlingAsync("shop/pool", item, new SlingRequest(MaxAttempts: 1));
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        await scene.Agent(Ada).PostAsync<DoneResult>($"/work-items/{item}/done", new DoneRequest(claim.Lease.Token, CompletionOutcome.Failed, Reason: "no way"));
        await scene.IdleAsync();
        Assert.Single(scene.Host.Probe.Of<AssignmentExhausted>());
        Assert.Equal(incidents, scene.Host.Probe.Of<RaiseIncident>().Count);
    }

    [Fact]
    public async Task A_failed_attempt_comes_back_with_its_reason_and_is_answered_the_same_again()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        var failed = new DoneRequest(claim.Lease.Token, CompletionOutcome.Blocked, Reason: "needs a key");
        Assert.Equal(WorkItemState.Hooked, (await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", failed)).State);
        var next = await scene.ClaimAsync(Bob, "shop/pool");
        Assert.Equal((2, "needs a key"), (next.Assignment.Attempt, next.Assignment.Feedback));
        var again = await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", failed);
        Assert.Equal((true, 1L), (again.Replayed, again.Fence));
        await scene.IdleAsync();
        Assert.Equal([AssignmentCompleted.Type, AssignmentQueued.Type], scene.Host.Probe.All.Select(s => s.Event?.Type).Where(t => t is AssignmentCompleted.Type or AssignmentQueued.Type).Skip(1).Take(2));
    }

    [Fact]
    public async Task Given_back_counts_no_attempt_and_dead_does()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        var one = await scene.ClaimAsync(Ada, "shop/pool");
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent(Ada).SendAsync("/leases/release", new ReleaseRequest(one.Lease.Token, "later"))).StatusCode);
        var two = await scene.ClaimAsync(Ada, "shop/pool");
        Assert.Equal((1, 2), (two.Assignment.Attempt, two.Lease.Fence));
        await scene.Supervisor.SendAsync("/leases/release", new ReleaseRequest(two.Lease.Token, "gone", Dead: true));
        Assert.Equal(2, (await scene.ClaimAsync(Ada, "shop/pool")).Assignment.Attempt);
    }

    [Fact]
    public async Task Done_without_evidence_is_refused_and_changes_nothing()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a", acceptance: [new AcceptanceCriterion("reads well"), new AcceptanceCriterion("tests", ["make", "test"])]);
        await scene.SlingAsync("shop/pool", "sh-a");
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        var ada = scene.Agent(Ada);
        await ada.RefusedAsync("/work-items/sh-a/done", new DoneRequest(claim.Lease.Token), 400, "invalid");
        await ada.RefusedAsync("/work-items/sh-a/done", Scene.Completed(claim) with { Commit = null }, 422, "evidence-missing");
        await ada.RefusedAsync("/work-items/sh-a/done", Scene.Completed(claim) with { Branch = "main" }, 422, "evidence-missing");
        await ada.RefusedAsync("/work-items/sh-a/done", Scene.Completed(claim), 422, "evidence-missing");
        await ada.RefusedAsync("/work-items/sh-a/done", new DoneRequest(claim.Lease.Token, CompletionOutcome.NoChange), 422, "evidence-missing");
        await ada.RefusedAsync("/work-items/sh-a/done", Scene.Completed(claim) with { LeaseToken = "guess" }, 409, "lease-lost");
        await ada.RefusedAsync("/work-items/sh-zzz/done", Scene.Completed(claim) with { LeaseToken = "guess" }, 404, "not-found");
        await scene.Agent(Bob).RefusedAsync("/work-items/sh-a/done", Scene.Completed(claim) with { Acceptance = [new AcceptanceResult(1, 0)] }, 403, "forbidden");
        Assert.False((await ada.PostAsync<DoneResult>("/work-items/sh-a/done", Scene.Completed(claim) with { Acceptance = [new AcceptanceResult(1, 0)] })).Replayed);
    }

    [Fact]
    public async Task Done_with_a_cost_that_no_session_has_is_refused_and_ends_nothing()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        foreach (var usage in new Usage[] { new(CostUsd: Budget.MostUsd + 1), new(CostUsd: -1), new(InputTokens: -1) })
        {
            var problem = await scene.Agent(Ada).RefusedAsync("/work-items/sh-a/done", Scene.Completed(claim) with { Usage = usage }, 400, "invalid");
            Assert.Equal("/usage", problem.GetProperty("pointer").GetString());
            Assert.Contains("costUsd of 0 to 1000000", problem.GetProperty("detail").GetString());
        }
        Assert.False((await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", Scene.Completed(claim) with { Usage = new(CostUsd: Budget.MostUsd) })).Replayed);
    }

    [Fact]
    public async Task A_long_poll_wakes_when_something_is_slung()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        var waiting = scene.Agent(Ada).PostAsync<ClaimResult>("/hooks/shop/pool/claim?wait=30", null);
        await scene.SlingAsync("shop/pool", "sh-a");
        Assert.Equal("sh-a", (await waiting.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).WorkItem.Id);
    }

    [Fact]
    public async Task An_agents_own_hook_goes_before_the_pool_and_others_hooks_are_closed()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent(Ada));
        await scene.ItemAsync("sh-a", priority: 0);
        await scene.ItemAsync("sh-b", priority: 4);
        await scene.SlingAsync("shop/pool", "sh-a");
        await scene.SlingAsync(Ada, "sh-b");
        Assert.Equal("sh-b", (await scene.ClaimAsync(Ada, "shop/pool")).WorkItem.Id);
        await scene.Agent(Bob).RefusedAsync($"/hooks/{Ada}/claim", null, 403, "forbidden");
        await scene.Agent("cart/crew/eve").RefusedAsync("/hooks/shop/pool/claim", null, 403, "forbidden");
        await scene.Host.Client("overseer/vi", "viewer").RefusedAsync("/hooks/shop/pool/claim", null, 403, "forbidden");
    }
}
