using System.Net;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.HookTests.Module;

/// <summary>What goes on a hook, what is refused and why.</summary>
public sealed class SlingTests
{
    const string Pool = "/hooks/shop/pool/sling";

    [Fact]
    public async Task A_second_sling_is_refused_with_the_first_and_moves_when_asked()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent("shop/crew/ada"));
        var first = await scene.SlingAsync("shop/pool", "sh-a");
        var problem = await scene.Overseer.RefusedAsync("/hooks/shop%2Fcrew%2Fada/sling", new SlingRequest("sh-a"), 409, "already-assigned");
        Assert.Equal(first.AssignmentId, problem.GetProperty("assignment").GetProperty("id").GetGuid());
        var moved = await scene.Overseer.PostAsync<SlingResult>("/hooks/shop/crew/ada/sling", new SlingRequest("sh-a", Move: true));
        Assert.Equal((first.AssignmentId, "shop/crew/ada"), (moved.AssignmentId, moved.HookId));
        await scene.ClaimAsync("shop/crew/ada");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-a", Move: true), 409, "already-assigned");
    }

    [Fact]
    public async Task Slung_at_once_by_many_it_has_one_assignment()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => scene.Overseer.SendAsync(Pool, new SlingRequest("sh-a"))));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Slung_at_once_by_many_it_has_one_assignment_on_postgres()
    {
        await using var scene = await Scene.StartAsync(postgres: true);
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => scene.Overseer.SendAsync(Pool, new SlingRequest("sh-a"))));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task What_is_not_ready_is_refused_with_its_blockers_or_waits_on_the_hook()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.ItemAsync("sh-b", ready: false, dependencies: [new Dependency("sh-a", DependencyType.Blocks)]);
        var problem = await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-b"), 409, "not-ready");
        Assert.Equal("sh-a", problem.GetProperty("blockers")[0].GetString());
        var held = await scene.SlingAsync("shop/pool", "sh-b", new SlingRequest(WhenReady: true));
        Assert.Equal("dependency", held.Next);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent("shop/crew/ada").SendAsync("/hooks/shop/pool/claim", null)).StatusCode);
        await scene.IdleAsync();
        Assert.Empty(scene.Host.Probe.Events(AssignmentQueued.Type));
        await scene.ItemAsync("sh-b");
        Assert.Single(scene.Host.Probe.Events(AssignmentQueued.Type));
        Assert.Equal("sh-b", (await scene.ClaimAsync("shop/crew/ada", "shop/pool")).WorkItem.Id);
    }

    [Fact]
    public async Task An_epic_slings_its_open_leaves_and_several_share_a_convoy()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-e", type: WorkItemType.Epic, ready: false);
        await scene.ItemAsync("sh-e.1", parent: "sh-e");
        await scene.ItemAsync("sh-e.2", parent: "sh-e");
        await scene.ItemAsync("sh-e.2.1", parent: "sh-e.2");
        await scene.ItemAsync("sh-e.3", parent: "sh-e", state: WorkItemState.Closed);
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-e"), 409, "is-container");
        var results = await scene.Overseer.PostAsync<SlingResults>(Pool, new SlingRequest(EpicId: "sh-e"));
        Assert.Equal(["sh-e.1", "sh-e.2.1"], results.Items.Select(i => i.WorkItemId));
        var convoy = Assert.Single(results.Items.Select(i => i.ConvoyId).Distinct());
        await scene.IdleAsync();
        var ensured = Assert.Single(scene.Host.Probe.Of<EnsureConvoy>());
        Assert.Equal((convoy, "overseer", 2), (ensured.ConvoyId, ensured.RequestedBy, ensured.WorkItemIds.Count));
    }

    [Fact]
    public async Task A_sling_of_several_is_all_or_nothing()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest(WorkItemIds: ["sh-a", "sh-none"]), 404, "not-found");
        Assert.Empty((await scene.Overseer.ReadAsync<HookDetail>("/hooks/shop/pool")).Queued);
        Assert.Single((await scene.Overseer.PostAsync<SlingResults>(Pool, new SlingRequest(WorkItemIds: ["sh-a"]))).Items);
    }

    static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(437);

    static Task<Scene> PatientAsync() => Scene.StartAsync(settings: new() { ["Hook:UnknownItemWaitMilliseconds"] = $"{Wait.TotalMilliseconds:0}" });

    [Theory, InlineData(null), InlineData("key-1")]
    public async Task An_item_that_is_on_its_way_is_waited_for(string? key)
    {
        await using var scene = await PatientAsync();
        await scene.RigAsync();
        var http = scene.Overseer;
        if (key is not null) http.DefaultRequestHeaders.Add("Idempotency-Key", key);
        var sling = http.SendAsync(Pool, new SlingRequest("sh-a"));
        await scene.Clock.SomebodyWaitsAsync(Wait);
        await scene.ItemAsync("sh-a");
        Assert.Equal(HttpStatusCode.Created, (await sling).StatusCode);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task News_that_an_item_is_open_again_are_waited_for(bool trashed)
    {
        await using var scene = await PatientAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a", state: trashed ? WorkItemState.Open : WorkItemState.Closed);
        if (trashed) await scene.Host.PublishAsync(new WorkItemTrashed(scene.Header(WorkItemTrashed.Type), scene.Snapshot("sh-a") with { DeletedAt = scene.Clock.GetUtcNow() }), TestContext.Current.CancellationToken);
        await scene.IdleAsync();
        var sling = scene.Overseer.SendAsync(Pool, new SlingRequest("sh-a"));
        await scene.Clock.SomebodyWaitsAsync(Wait);
        await scene.ItemAsync("sh-a");
        Assert.Equal(HttpStatusCode.Created, (await sling).StatusCode);
    }

    [Fact]
    public async Task Refusals_say_why()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.RigAsync("cart");
        await scene.RigAsync("dock", state: RigState.Docked);
        await scene.RigAsync("bare", gitUrl: null);
        await scene.ItemAsync("sh-a");
        await scene.ItemAsync("sh-c", state: WorkItemState.Closed);
        await scene.ItemAsync("sh-s", state: WorkItemState.Submitted, ready: false);
        await scene.ItemAsync("do-a", rig: "dock");
        await scene.ItemAsync("ba-a", rig: "bare");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-none"), 404, "not-found");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-c"), 409, "item-closed");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-s"), 409, "item-submitted");
        await scene.Overseer.RefusedAsync("/hooks/cart/pool/sling", new SlingRequest("sh-a"), 409, "wrong-rig");
        await scene.Overseer.RefusedAsync("/hooks/dock/pool/sling", new SlingRequest("do-a"), 409, "rig-docked");
        await scene.Overseer.RefusedAsync("/hooks/bare/pool/sling", new SlingRequest("ba-a", Merge: MergeStrategy.Merge), 422, "no-repository");
        await scene.Overseer.RefusedAsync("/hooks/shop/crew/nobody/sling", new SlingRequest("sh-a"), 404, "not-found");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-a", BaseBranch: "--upload-pack=x"), 400, "invalid");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest(), 400, "invalid");
        await scene.Overseer.RefusedAsync(Pool, new SlingRequest("sh-a", EpicId: "sh-b"), 400, "invalid");
        await scene.Agent("cart/crew/eve").RefusedAsync(Pool, new SlingRequest("sh-a"), 403, "forbidden");
        Assert.Equal("claim", (await scene.SlingAsync("bare/pool", "ba-a")).Next);
    }

    [Fact]
    public async Task Unslung_and_closed_items_leave_the_hook()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.ItemAsync("sh-b");
        await scene.SlingAsync("shop/pool", "sh-a");
        await scene.SlingAsync("shop/pool", "sh-b");
        await scene.Agent("shop/crew/ada").RefusedAsync("/hooks/shop/pool/unsling", new UnslingRequest("sh-a"), 403, "forbidden");
        var released = await scene.Overseer.PostAsync<AssignmentSnapshot>("/hooks/shop/pool/unsling", new UnslingRequest("sh-a", "not now"));
        Assert.Equal(AssignmentState.Released, released.State);
        await scene.Overseer.RefusedAsync("/hooks/shop/pool/unsling", new UnslingRequest("sh-a"), 409, "not-on-hook");
        var claim = await scene.ClaimAsync("shop/crew/ada", "shop/pool");
        await scene.ItemAsync("sh-b", state: WorkItemState.Closed);
        Assert.Equal(AssignmentState.Released, (await scene.AssignmentAsync(claim.Assignment.Id)).State);
        await scene.Agent("shop/crew/ada").RefusedAsync("/work-items/sh-b/done", Scene.Completed(claim), 409, "lease-lost");
        Assert.Equal(["not now", "the item was closed"], scene.Host.Probe.Of<AssignmentReleased>().Select(r => r.Reason));
    }

    [Fact]
    public async Task Not_before_its_time()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        var sling = await scene.SlingAsync("shop/pool", "sh-a", new SlingRequest(NotBefore: scene.Clock.GetUtcNow().AddHours(1)));
        Assert.Equal("time", sling.Next);
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Agent("shop/crew/ada").SendAsync("/hooks/shop/pool/claim", null)).StatusCode);
        await scene.PassAsync(TimeSpan.FromMinutes(61));
        Assert.Equal("sh-a", (await scene.ClaimAsync("shop/crew/ada", "shop/pool")).WorkItem.Id);
    }

    [Fact]
    public async Task A_key_makes_a_sling_safe_to_repeat()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        scene.Overseer.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        var one = await scene.SlingAsync("shop/pool", "sh-a");
        Assert.Equal(one.AssignmentId, (await scene.SlingAsync("shop/pool", "sh-a")).AssignmentId);
    }
}
