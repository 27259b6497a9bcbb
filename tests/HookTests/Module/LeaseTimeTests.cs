using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.HookTests.Module;

/// <summary>When a lease's time is over, also where Hook was away or somebody set the clock.</summary>
public sealed class LeaseTimeTests
{
    const string Ada = "shop/crew/ada";
    const string Bob = "shop/crew/bob";

    [Fact]
    public async Task A_lease_that_ran_out_while_no_Hook_was_there_has_its_whole_time_once_more()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        foreach (var item in new[] { "sh-alive", "sh-dead" })
        {
            await scene.ItemAsync(item);
            await scene.SlingAsync("shop/pool", item);
        }
        var (alive, dead) = (await scene.ClaimAsync(Ada, "shop/pool"), await scene.ClaimAsync(Bob, "shop/pool"));
        await scene.RestartAsync(TimeSpan.FromHours(3));
        Assert.Equal(scene.Clock.GetUtcNow().AddSeconds(900), (await scene.AssignmentAsync(dead.Assignment.Id)).LeaseUntil);
        await scene.PassAsync(TimeSpan.FromSeconds(899));
        await scene.Agent(Ada).PostAsync<RenewResult>("/leases/renew", new RenewRequest(alive.Lease.Token));
        Assert.Equal(AssignmentState.Leased, (await scene.AssignmentAsync(dead.Assignment.Id)).State);
        await scene.PassAsync(TimeSpan.FromSeconds(2));
        Assert.Equal((AssignmentState.Leased, AssignmentState.Queued), ((await scene.AssignmentAsync(alive.Assignment.Id)).State, (await scene.AssignmentAsync(dead.Assignment.Id)).State));
    }

    [Fact]
    public async Task A_clock_that_jumps_expires_early_or_late_but_never_lets_two_hold_it()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a", new SlingRequest(MaxAttempts: 9));
        var fence = 0L;
        foreach (var hours in new[] { 5, -3, 24, -20, 1 })
        {
            var claim = await scene.ClaimAsync(Ada, "shop/pool");
            Assert.True(claim.Lease.Fence > fence);
            fence = claim.Lease.Fence;
            if (hours > 0)
            {
                await scene.PassAsync(TimeSpan.FromHours(hours));
                await scene.Agent(Ada).RefusedAsync("/leases/renew", new RenewRequest(claim.Lease.Token), 409, "lease-lost");
                continue;
            }
            // Set back: the lease is renewed from the time it is now, and is the only one.
            scene.Clock.Set(TimeSpan.FromHours(hours));
            await scene.Agent(Bob).SendAsync("/hooks/shop/pool/claim", null);
            Assert.Equal(Ada, (await scene.AssignmentAsync(claim.Assignment.Id)).AgentId);
            var renewed = await scene.Agent(Ada).PostAsync<RenewResult>("/leases/renew", new RenewRequest(claim.Lease.Token));
            Assert.Equal(scene.Clock.GetUtcNow().AddSeconds(900), renewed.Until);
            await scene.Agent(Ada).SendAsync("/leases/release", new ReleaseRequest(claim.Lease.Token));
        }
    }
}
