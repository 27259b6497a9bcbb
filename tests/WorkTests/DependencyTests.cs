using System.Net;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.WorkTests;

public sealed class DependencyTests : WorkHost
{
    [Fact]
    public async Task Closing_makes_the_dependants_ready_and_says_so_for_each()
    {
        var a = await CreateAsync("a");
        var b = await CreateAsync("b");
        var both = await CreateAsync("both", a.Id, b.Id);
        var one = await CreateAsync("one", a.Id);
        Assert.Equal(new[] { a.Id, b.Id }.Order(), (await ReadyAsync()).Order());
        Assert.Equal(new[] { a.Id, b.Id }.Order(), (await ShowAsync(both.Id)).BlockedBy.Order());

        await CloseAsync(a.Id);
        Assert.Contains(one.Id, await ReadyAsync());
        Assert.DoesNotContain(both.Id, await ReadyAsync());
        await CloseAsync(b.Id);
        Assert.Equal(new[] { both.Id, one.Id }.Order(), (await ReadyAsync()).Order());
        await PostAsync(a.Id, "reopen", new WithReason("not done"));
        Assert.Equal([a.Id], await ReadyAsync());
        Assert.Equal(2, (await EventsAsync("&type=work-item.ready")).Count(e => e.WorkItemId == one.Id || e.WorkItemId == both.Id));
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task An_open_parent_does_not_block_its_children_a_blocked_one_does_through_all_levels()
    {
        var blocker = await CreateAsync("blocker");
        var top = await CreateAsync(new CreateWorkItem("shop", "top", Type: WorkItemType.Epic));
        var middle = await CreateAsync(new CreateWorkItem("shop", "middle", ParentId: top.Id));
        var leaf = await CreateAsync(new CreateWorkItem("shop", "leaf", ParentId: middle.Id));
        Assert.Contains(leaf.Id, await ReadyAsync());
        await DependAsync(top.Id, blocker.Id);
        Assert.Equal([blocker.Id], await ReadyAsync());
        Assert.Equal([blocker.Id], (await ShowAsync(leaf.Id)).BlockedBy);
        await CloseAsync(middle.Id);        // what is closed blocks nothing below it
        Assert.Contains(leaf.Id, await ReadyAsync());
        await PostAsync(middle.Id, "reopen", new WithReason("r"));
        Assert.Equal([blocker.Id], await ReadyAsync());
        await CloseAsync(blocker.Id);
        Assert.Equal(new[] { middle.Id, leaf.Id }.Order(), (await ReadyAsync()).Order());
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task Edges_that_make_no_sense_are_refused_with_the_reason()
    {
        var a = await CreateAsync("a");
        var b = await CreateAsync("b", a.Id);
        var c = await CreateAsync("c", b.Id);
        var problem = await RefusedAsync(HttpMethod.Post, $"/work-items/{a.Id}/dependencies", new AddDependency(c.Id), 409, "dependency-cycle");
        Assert.Equal([a.Id, c.Id, b.Id, a.Id], problem.GetProperty("path").EnumerateArray().Select(p => p.GetString()!));
        await RefusedAsync(HttpMethod.Post, $"/work-items/{a.Id}/dependencies", new AddDependency(a.Id), 409, "self-dependency");
        await RefusedAsync(HttpMethod.Post, $"/work-items/{b.Id}/dependencies", new AddDependency(a.Id, DependencyType.Related), 409, "dependency-exists");
        await RefusedAsync(HttpMethod.Post, $"/work-items/{b.Id}/dependencies", new AddDependency("not an id"), 400, "invalid");
        await RefusedAsync(HttpMethod.Post, "/work-items/sh-nobody/dependencies", new AddDependency(a.Id), 404, "not-found");
        await RefusedAsync(HttpMethod.Post, $"/work-items/{a.Id}/dependencies", new AddDependency("sh-nobody", DependencyType.ParentChild), 404, "not-found");

        var top = await CreateAsync("top");
        var child = await CreateAsync(new CreateWorkItem("shop", "child", ParentId: top.Id));
        var grandchild = await CreateAsync(new CreateWorkItem("shop", "grandchild", ParentId: child.Id));
        await RefusedAsync(HttpMethod.Post, $"/work-items/{grandchild.Id}/dependencies", new AddDependency(top.Id), 409, "child-blocks-on-parent");
        await RefusedAsync(HttpMethod.Post, $"/work-items/{top.Id}/dependencies", new AddDependency(grandchild.Id), 409, "dependency-cycle");
        await RefusedAsync(HttpMethod.Post, $"/work-items/{child.Id}/dependencies", new AddDependency(a.Id, DependencyType.ParentChild), 409, "has-parent");
    }

    [Fact]
    public async Task The_same_edge_again_changes_nothing_and_an_edge_can_be_taken_away()
    {
        var a = await CreateAsync("a");
        var b = await CreateAsync("b", a.Id);
        Assert.Equal(b.Version, (await DependAsync(b.Id, a.Id)).Version);
        await SendAsync<WorkItemSnapshot>(HttpMethod.Delete, $"/work-items/{b.Id}/dependencies/{a.Id}", null);
        Assert.Contains(b.Id, await ReadyAsync());
        await RefusedAsync(HttpMethod.Delete, $"/work-items/{b.Id}/dependencies/{a.Id}", null, 404, "not-found");
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task An_unknown_target_is_kept_shown_and_never_blocks_until_it_exists()
    {
        var waiting = await CreateAsync("waiting", "sh-later");
        Assert.Equal([waiting.Id], await ReadyAsync());
        Assert.True(waiting.Dependencies.Single().Dangling);
        await CreateAsync(new CreateWorkItem("shop", "later", Id: "sh-later"));
        Assert.Equal(["sh-later"], await ReadyAsync());
        Assert.False((await ShowAsync(waiting.Id)).Dependencies.Single().Dangling);
        await RefusedAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "circle", Id: "sh-first", DependsOn: [await MadeAsync("sh-first")]), 409, "dependency-cycle");
        await AssertReplaysAsync();
    }

    async Task<string> MadeAsync(string dependsOn) => (await CreateAsync("waits", dependsOn)).Id;

    [Fact]
    public async Task An_epic_closes_after_its_children_and_any_other_item_when_it_is_decided()
    {
        var epic = await CreateAsync(new CreateWorkItem("shop", "epic", Type: WorkItemType.Epic));
        var child = await CreateAsync(new CreateWorkItem("shop", "child", ParentId: epic.Id));
        var problem = await RefusedAsync(HttpMethod.Post, $"/work-items/{epic.Id}/close", new CloseWorkItem(OutcomeKind.Cancelled), 409, "children-open");
        Assert.Equal(child.Id, problem.GetProperty("children")[0].GetString());
        await CreateAsync(new CreateWorkItem("shop", "grandchild", ParentId: child.Id));
        await CloseAsync(child.Id);
        var closed = await CloseAsync(epic.Id);
        Assert.Equal((WorkItemState.Closed, OutcomeKind.Completed, "overseer", false), (closed.State, closed.Outcome!.Kind, closed.Outcome.By, closed.Ready));
        Assert.NotNull(closed.CompletedAt);
        Assert.Equal(WorkItemState.Closed.ToString().ToLowerInvariant(),
            (await RefusedAsync(HttpMethod.Post, $"/work-items/{epic.Id}/close", new CloseWorkItem(), 409, "illegal-transition")).GetProperty("state").GetString());
        await RefusedAsync(HttpMethod.Post, $"/work-items/{child.Id}/reopen", new WithReason(), 400, "invalid");
        await RefusedAsync(HttpMethod.Post, $"/work-items/{child.Id}/close", new CloseWorkItem(OutcomeKind.Merged), 400, "invalid");
        await RefusedAsync(HttpMethod.Post, $"/work-items/{child.Id}/close", new CloseWorkItem(OutcomeKind.NoChange), 400, "invalid");
        await RefusedAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "late", ParentId: epic.Id), 409, "parent-closed");
        var open = await PostAsync(epic.Id, "reopen", new WithReason("more"));
        Assert.Equal((WorkItemState.Open, null, null), (open.State, open.Outcome, open.CompletedAt));
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task What_is_in_the_trash_blocks_nobody_and_comes_back_as_it_was()
    {
        var blocker = await CreateAsync("blocker");
        var waiting = await CreateAsync("waiting", blocker.Id);
        await SendAsync<WorkItemSnapshot>(HttpMethod.Delete, $"/work-items/{blocker.Id}", null);
        Assert.Equal([waiting.Id], await ReadyAsync());
        Assert.DoesNotContain((await SendAsync<Page<WorkItemSnapshot>>(HttpMethod.Get, "/work-items", null)).Items, i => i.Id == blocker.Id);
        Assert.Equal(blocker.Id, (await SendAsync<Page<WorkItemSnapshot>>(HttpMethod.Get, "/work-items?trashed=true", null)).Items.Single().Id);
        await RefusedAsync(HttpMethod.Patch, $"/work-items/{blocker.Id}", new UpdateWorkItem("x"), 404, "trashed");
        Assert.NotNull((await ShowAsync(blocker.Id)).DeletedAt);
        await AssertReplaysAsync();
        await SendAsync<WorkItemSnapshot>(HttpMethod.Post, $"/work-items/{blocker.Id}/restore", null);
        Assert.Equal([blocker.Id], await ReadyAsync());
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task The_graph_shows_both_directions_and_the_critical_path()
    {
        var a = await CreateAsync("a");
        var b = await CreateAsync("b", a.Id);
        var quick = await CreateAsync(new CreateWorkItem("shop", "quick", EstimateMinutes: 1));
        var c = await CreateAsync("c", b.Id, quick.Id, "sh-outside");
        var d = await CreateAsync("d", c.Id);
        var graph = await SendAsync<WorkItemGraph>(HttpMethod.Get, $"/work-items/{c.Id}/graph", null);
        Assert.Equal(new[] { a.Id, b.Id, quick.Id }.Order(StringComparer.Ordinal), graph.BlockedBy);
        Assert.Equal([d.Id], graph.Blocks);
        Assert.Equal([a.Id, b.Id, c.Id], graph.CriticalPath);
        Assert.Null(graph.Nodes.Single(n => n.Id == "sh-outside").State);
        await CloseAsync(a.Id);
        Assert.Equal([b.Id, c.Id], (await SendAsync<WorkItemGraph>(HttpMethod.Get, $"/work-items/{c.Id}/graph", null)).CriticalPath);
    }

    [Fact]
    public async Task A_taken_id_is_thrown_again()
    {
        var tries = new Queue<string>(["sh-aaaaa", "sh-aaaaa", "sh-aaaaa", "sh-bbbbb"]);
        await using var host = await Tests.Hosting.ModuleTestHost.StartAsync([new ClaudeManage.Work.WorkModule()], Clock,
            services: s => Microsoft.Extensions.DependencyInjection.Extensions.ServiceCollectionDescriptorExtensions.Replace(s,
                Microsoft.Extensions.DependencyInjection.ServiceDescriptor.Singleton(new ClaudeManage.Work.Features.Items.IdSource(_ => tries.Dequeue()))));
        var http = host.Client();
        await SendAsync<RigSnapshot>(HttpMethod.Post, "/rigs", new CreateRig("shop", "sh"), HttpStatusCode.Created, http);
        var first = await SendAsync<WorkItemSnapshot>(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "t"), HttpStatusCode.Created, http);
        var second = await SendAsync<WorkItemSnapshot>(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "t"), HttpStatusCode.Created, http);
        Assert.Equal(("sh-aaaaa", "sh-bbbbb"), (first.Id, second.Id));
    }
}
