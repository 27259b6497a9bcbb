using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Hook.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.HookTests.Module;

/// <summary>A plan slings by what it heard of an item; Hook may hear it later.</summary>
public sealed class PlannedSlingTests
{
    const string Item = "sh-mol1.1", Plan = "sh-mol-1";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static SlingWork Planned(long? version, string item = Item) => new(Plan, item, "shop/pool", null, null, null, null, ItemVersion: version);

    static async Task<Scene> StartAsync(bool postgres = false)
    {
        var scene = await Scene.StartAsync(postgres);
        await scene.RigAsync();
        return scene;
    }

    static async Task TellAsync<T>(Scene scene, T message) where T : class
    {
        await scene.Host.PublishAsync(message, Ct);
        await scene.IdleAsync();
    }

    static WorkItemReopened Reopened(Scene scene, WorkItemSnapshot item) => new(scene.Header(WorkItemReopened.Type), item);

    static WorkItemClosed Closed(Scene scene, WorkItemSnapshot item) => new(scene.Header(WorkItemClosed.Type), item with { State = WorkItemState.Closed, Ready = false });

    static async Task<string> PoolAsync(Scene scene) => string.Join(' ', (await scene.Overseer.ReadAsync<RigQueue>("/rigs/shop/queue")).Pool.Select(a => a.WorkItemId));

    static Task<int> WaitingAsync(Scene scene) => scene.Host.UseAsync<HookDbContext, int>(db => db.WaitingSlings.CountAsync(Ct));

    [Theory, InlineData(false), InlineData(true)]
    public async Task Of_an_item_that_was_opened_again_it_waits_until_Hook_has_heard_that_too(bool postgres)
    {
        await using var scene = await StartAsync(postgres);
        await scene.ItemAsync(Item, state: WorkItemState.Closed, ready: false);
        var reopened = scene.Snapshot(Item);
        await TellAsync(scene, Planned(reopened.Version));
        await TellAsync(scene, Planned(reopened.Version));
        Assert.Equal(("", 1), (await PoolAsync(scene), await WaitingAsync(scene)));
        await TellAsync(scene, Reopened(scene, reopened));
        Assert.Equal((Item, 0), (await PoolAsync(scene), await WaitingAsync(scene)));
        await TellAsync(scene, new WorkItemUpdated(scene.Header(WorkItemUpdated.Type), scene.Snapshot(Item)));
        Assert.Equal(Item, await PoolAsync(scene));
        Assert.Empty(scene.Host.Probe.Of<SlingRefused>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task While_the_attempt_before_is_on_its_hook_still_it_is_not_taken_for_a_second_one(bool postgres)
    {
        await using var scene = await StartAsync(postgres);
        await scene.ItemAsync(Item);
        await TellAsync(scene, Planned(null));
        var before = (await scene.ClaimAsync("shop/crew/ada", "shop/pool")).Assignment;
        var (closed, reopened) = (scene.Snapshot(Item), scene.Snapshot(Item));
        await TellAsync(scene, Planned(reopened.Version));
        await TellAsync(scene, Closed(scene, closed));
        Assert.Equal((AssignmentState.Released, 1), ((await scene.AssignmentAsync(before.Id)).State, await WaitingAsync(scene)));
        await TellAsync(scene, Reopened(scene, reopened));
        Assert.Equal(Item, await PoolAsync(scene));
    }

    [Fact]
    public async Task An_item_that_Hook_has_not_heard_of_is_slung_when_it_has()
    {
        await using var scene = await StartAsync();
        await TellAsync(scene, Planned(null));
        Assert.Equal(("", 1), (await PoolAsync(scene), await WaitingAsync(scene)));
        await scene.ItemAsync(Item);
        Assert.Equal((Item, 0), (await PoolAsync(scene), await WaitingAsync(scene)));
        Assert.Equal(0, await scene.Host.UseAsync<HookDbContext, int>(db => db.Outbox.CountAsync(o => o.Attempts > 0, Ct)));
    }

    [Fact]
    public async Task What_Hook_does_not_take_is_refused_to_the_plan_also_after_the_wait()
    {
        await using var scene = await StartAsync();
        await TellAsync(scene, Planned(null));
        await TellAsync(scene, Planned(null) with { PlanId = "cv-1" });
        await scene.ItemAsync(Item, type: WorkItemType.Epic);
        Assert.Equal([("cv-1", Item, "is-container"), (Plan, Item, "is-container")], scene.Host.Probe.Of<SlingRefused>().Select(r => (r.PlanId, r.WorkItemId, r.Code)).Order());
        Assert.Equal(0, await WaitingAsync(scene));
        Assert.True(await scene.Host.UseAsync<HookDbContext, bool>(db => db.Items.AnyAsync(i => i.Id == Item, Ct)));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_wisps_list_outlives_the_closing_before_it_was_tried_again(bool closedFirst)
    {
        await using var scene = await StartAsync();
        WorkItemSnapshot Wisp() => scene.Snapshot(Item) with { Ephemeral = true };
        WispPoured List(StepState a, long? version = null) => new("sh-wisp-1", Item, [new("a", "A", "First", a), new("b", "B", null, StepState.Ready)], version);
        await TellAsync(scene, List(StepState.Ready));
        await TellAsync(scene, new WorkItemReady(scene.Header(WorkItemReady.Type), Wisp()));
        var (closed, reopened) = (Closed(scene, Wisp()), Reopened(scene, Wisp()));
        if (closedFirst) await TellAsync(scene, closed);
        await TellAsync(scene, List(StepState.Done, reopened.Item.Version));
        if (!closedFirst) await TellAsync(scene, closed);
        await TellAsync(scene, reopened);
        await TellAsync(scene, Planned(reopened.Item.Version));
        var claim = await scene.ClaimAsync("shop/crew/ada", "shop/pool");
        Assert.Equal(["a First", "b "], claim.Steps.Select(s => $"{s.Id} {s.Description}"));
        // The list of a wisp that is over comes too late.
        await TellAsync(scene, Closed(scene, Wisp()));
        await TellAsync(scene, List(StepState.Done, reopened.Item.Version));
        Assert.Equal(0, await scene.Host.UseAsync<HookDbContext, int>(db => db.WispSteps.CountAsync(Ct)));
    }

    [Fact]
    public async Task A_newer_closing_and_a_plan_that_wants_it_no_more_end_the_wait()
    {
        await using var scene = await StartAsync();
        var (reopened, closed) = (scene.Snapshot(Item), scene.Snapshot(Item));
        await TellAsync(scene, Planned(reopened.Version));
        await TellAsync(scene, Closed(scene, closed));
        Assert.Equal(0, await WaitingAsync(scene));
        await TellAsync(scene, Planned(null, "sh-mol1.2"));
        await TellAsync(scene, new UnslingWork(Plan, "sh-mol1.2", "cv-1", false, "it is paused", "overseer"));
        Assert.Equal(0, await WaitingAsync(scene));
        await scene.ItemAsync(Item);
        await scene.ItemAsync("sh-mol1.2");
        Assert.Empty(await PoolAsync(scene));
    }

    [Fact]
    public async Task After_five_minutes_a_person_is_told_once_and_it_goes_on_waiting()
    {
        await using var scene = await StartAsync();
        await scene.ItemAsync(Item, state: WorkItemState.Closed, ready: false);
        var reopened = scene.Snapshot(Item);
        await TellAsync(scene, Planned(reopened.Version));
        await scene.PassAsync(TimeSpan.FromMinutes(4));
        Assert.Empty(scene.Host.Probe.Of<RaiseIncident>());
        await scene.PassAsync(TimeSpan.FromMinutes(2));
        await scene.PassAsync(TimeSpan.FromHours(1));
        var incident = Assert.Single(scene.Host.Probe.Of<RaiseIncident>());
        Assert.Equal(("sling-waits:sh-mol1.1:sh-mol-1", "shop", Item), (incident.Cause, incident.RigId, incident.WorkItemId));
        Assert.Contains($"version {reopened.Version} of the item", incident.Why, StringComparison.Ordinal);
        Assert.Contains($"what it knows is version {reopened.Version - 1}", incident.Why, StringComparison.Ordinal);
        await TellAsync(scene, Reopened(scene, reopened));
        Assert.Equal(Item, await PoolAsync(scene));
    }

    [Fact]
    public async Task News_and_slings_at_the_same_moment_miss_each_other_never()
    {
        await using var scene = await StartAsync(postgres: true);
        string[] items = [.. Enumerable.Range(1, 60).Select(i => $"sh-mol1.{i}")];
        var told = items.Select(i => scene.Snapshot(i)).ToList();
        await Task.WhenAll(told.SelectMany(item => (Task[])
        [
            scene.Host.PublishAsync(Planned(item.Version, item.Id), Ct),
            scene.Host.PublishAsync(new WorkItemReady(scene.Header(WorkItemReady.Type), item), Ct),
        ]));
        await scene.IdleAsync();
        Assert.Equal((60, 0), ((await PoolAsync(scene)).Split(' ').Intersect(items).Count(), await WaitingAsync(scene)));
    }
}
