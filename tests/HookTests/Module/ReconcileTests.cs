using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.HookTests.Module;

/// <summary>Faults are planted in the database; one run puts them right, the second finds nothing.</summary>
public sealed class ReconcileTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Planted_faults_are_repaired_once()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync(settings: Scene.Managed());
        await scene.RigAsync("cart");
        foreach (var id in new[] { "ca-closed", "ca-lease", "ca-ready", "ca-gone" }) await scene.ItemAsync(id, rig: "cart");
        await scene.ItemAsync("sh-lost");
        await scene.SlingAsync("cart/pool", "ca-closed");
        await scene.SlingAsync("cart/pool", "ca-gone");
        await scene.Overseer.PostAsync<AssignmentSnapshot>("/hooks/cart/pool/unsling", new UnslingRequest("ca-gone"));
        await scene.SlingAsync("cart/pool", "ca-lease", new SlingRequest(Priority: 0));
        Assert.Equal("ca-lease", (await scene.ClaimAsync("cart/crew/ada", "cart/pool")).WorkItem.Id);
        await scene.SlingAsync("cart/pool", "ca-ready");
        await scene.SlingAsync("shop/pool", "sh-lost");
        await scene.IdleAsync();
        await scene.ItemAsync("ca-gone", rig: "cart", state: WorkItemState.Hooked, ready: false, revision: 99);
        await scene.Host.UseAsync<HookDbContext, int>(async db =>
        {
            await db.Items.Where(i => i.Id == "ca-closed").ExecuteUpdateAsync(s => s.SetProperty(i => i.State, WorkItemState.Closed), Ct);
            await db.Assignments.Where(a => a.WorkItemId == "ca-ready").ExecuteUpdateAsync(s => s.SetProperty(a => a.Held, true), Ct);
            await db.Assignments.Where(a => a.WorkItemId == "ca-lease").ExecuteUpdateAsync(s => s.SetProperty(a => a.LeaseUntil, scene.Clock.GetUtcNow().AddHours(-1)).SetProperty(a => a.LeaseSeconds, 60), Ct);
            return await db.Dispatches.ExecuteDeleteAsync(Ct);
        });
        await scene.Agent("cart/crew/ada").RefusedAsync("/runtime/reconcile", null, 403, "forbidden");
        scene.Clock.Advance(TimeSpan.FromMinutes(5));
        var first = await scene.Overseer.PostAsync<ReconcileResult>("/runtime/reconcile", null);
        Assert.Equal(["ca-closed", "ca-gone", "ca-lease", "ca-ready", "sh-lost"], first.Repairs.Select(r => r.WorkItemId).Order(StringComparer.Ordinal));
        await scene.IdleAsync();
        Assert.Equal(5, scene.Host.Probe.Events(AssignmentRepaired.Type).Count);
        Assert.Empty((await scene.Overseer.PostAsync<ReconcileResult>("/runtime/reconcile", null)).Repairs);
        Assert.Equal("WaitingForSlot", await scene.Host.UseAsync<HookDbContext, string>(db => db.Dispatches.Select(d => d.CurrentState).SingleAsync(Ct)));
    }

    [Fact]
    public async Task A_healthy_town_needs_no_repair_and_the_schedule_goes_on()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync(settings: Scene.Managed());
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        for (var i = 0; i < 3; i++) await scene.PassAsync(TimeSpan.FromSeconds(901));
        Assert.Empty(scene.Host.Probe.Events(AssignmentRepaired.Type));
        Assert.Equal(1, await scene.Host.UseAsync<HookDbContext, int>(db => db.Outbox.CountAsync(o => o.Destination.Contains("ReconcileDue"), Ct)));
    }
}
