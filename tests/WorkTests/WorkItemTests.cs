using System.Net;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;

namespace ClaudeManage.WorkTests;

public sealed class WorkItemTests : WorkHost
{
    [Fact]
    public async Task An_item_is_created_with_all_it_was_given()
    {
        var asked = new CreateWorkItem("shop", "  Fix login ", "Long", WorkItemType.Bug, 1, Labels: ["auth", "auth", "web"], Design: "d",
            Acceptance: [new AcceptanceCriterion("passes", ["make", "test"])], Notes: "n", ExternalRef: "gh-1", DueAt: Clock.GetUtcNow().AddDays(1), EstimateMinutes: 30, Ephemeral: true);
        var made = await CreateAsync(asked);

        Assert.Matches("^sh-[0-9a-z]{5}$", made.Id);
        Assert.Equal(("Fix login", "Long", WorkItemType.Bug, 1, true, 1L, "overseer"), (made.Title, made.Description, made.Type, made.Priority, made.Ready, made.Version, made.CreatedBy));
        Assert.Equal(["auth", "web"], made.Labels);
        Assert.Equal(["make", "test"], made.Acceptance.Single().Command!);
        var shown = await ShowAsync(made.Id);
        Assert.Equal(("d", "n", "gh-1", 30, true, WorkItemState.Open), (shown.Design, shown.Notes, shown.ExternalRef, shown.EstimateMinutes, shown.Ephemeral, shown.State));
        await Host.IdleAsync(Ct);
        Assert.Equal([WorkItemCreated.Type, WorkItemReady.Type], (await EventsAsync($"&workItem={made.Id}")).Select(e => e.EventType));
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task A_batch_is_made_whole_with_references_and_children()
    {
        var batch = await SendAsync<WorkItemBatch>(HttpMethod.Post, "/work-items", new CreateWorkItem(null, null, Items:
        [
            new("shop", "child", ParentId: "#epic", DependsOn: ["#first"]),
            new("shop", "epic", Key: "epic", Type: WorkItemType.Epic),
            new("shop", "first", Key: "first"),
        ]), HttpStatusCode.Created);
        Assert.Equal(["child", "epic", "first"], batch.Items.Select(i => i.Title));
        var (child, epic, first) = (batch.Items[0], batch.Items[1], batch.Items[2]);
        Assert.Equal((epic.Id + ".1", epic.Id, false), (child.Id, child.ParentId, child.Ready));
        Assert.False(epic.Ready);
        Assert.Equal([first.Id], await ReadyAsync());
        await CloseAsync(first.Id);
        Assert.Equal([child.Id], await ReadyAsync());
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task A_batch_with_one_mistake_makes_nothing()
    {
        await RefusedAsync(HttpMethod.Post, "/work-items", Batch(new("shop", "good"), new("nowhere", "bad")), 404, "not-found");
        var problem = await RefusedAsync(HttpMethod.Post, "/work-items", Batch(new("shop", "a", Key: "a", DependsOn: ["#b"]), new("shop", "b", Key: "b", DependsOn: ["#a"])), 409, "dependency-cycle");
        Assert.Equal(3, problem.GetProperty("path").GetArrayLength());
        await RefusedAsync(HttpMethod.Post, "/work-items", Batch(new("shop", "a", Key: "a", ParentId: "#b"), new("shop", "b", Key: "b", ParentId: "#a")), 409, "dependency-cycle");
        await RefusedAsync(HttpMethod.Post, "/work-items", Batch(new("shop", "p", Key: "p", DependsOn: ["#c"]), new("shop", "c", Key: "c", ParentId: "#p")), 409, "dependency-cycle");
        Assert.Equal("/items/1/dependsOn", (await RefusedAsync(HttpMethod.Post, "/work-items",
            Batch(new("shop", "p", Key: "p"), new("shop", "c", ParentId: "#p", DependsOn: ["#p"])), 400, "invalid")).GetProperty("pointer").GetString());
        Assert.Empty(await ReadyAsync());
    }

    public static TheoryData<string, CreateWorkItem> Mistakes => new()
    {
        { "/title", new("shop", " ") },
        { "/title", new("shop", new string('x', 301)) },
        { "/rigId", new(null, "t") },
        { "/priority", new("shop", "t", Priority: 5) },
        { "/priority", new("shop", "t", Priority: -1) },
        { "/description", new("shop", "t", Description: new string('x', 65_537)) },
        { "/labels/1", new("shop", "t", Labels: ["good", new string('x', 61)]) },
        { "/labels", new("shop", "t", Labels: [.. Enumerable.Range(0, 51).Select(i => $"l{i}")]) },
        { "/dependsOn/0", new("shop", "t", DependsOn: ["../etc"]) },
        { "/dependsOn/0", new("shop", "t", DependsOn: ["#nobody"]) },
        { "/acceptance/0/command", new("shop", "t", Acceptance: [new("x", [])]) },
        { "/acceptance/0/text", new("shop", "t", Acceptance: [new("")]) },
        { "/estimateMinutes", new("shop", "t", EstimateMinutes: -1) },
        { "/id", new("shop", "t", Id: "Nonsense") },
        { "/id", new("shop", "t", Id: "zz-1") },
        { "", new("shop", "t", Items: [new("shop", "t")]) },
        { "/items", new(null, null, Items: []) },
        { "/items/0/items", new(null, null, Items: [new("shop", "t", Items: [])]) },
        { "/items/1/key", new(null, null, Items: [new("shop", "t", Key: "a"), new("shop", "t", Key: "a")]) },
        { "/items", new(null, null, Items: [.. Enumerable.Range(0, 501).Select(i => new CreateWorkItem("shop", "t"))]) },
    };

    [Theory, MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task A_mistake_is_refused_with_its_place(string pointer, CreateWorkItem item)
    {
        var problem = await RefusedAsync(HttpMethod.Post, "/work-items", item, 400, "invalid");
        Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task A_chosen_id_is_kept_and_refused_when_taken()
    {
        Assert.Equal("sh-mine1", (await CreateAsync(new CreateWorkItem("shop", "t", Id: "sh-mine1"))).Id);
        Assert.Equal("/id", (await RefusedAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "t", Id: "sh-mine1"), 409, "id-taken")).GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task An_edit_keeps_what_is_null_and_needs_the_version_seen()
    {
        var made = await CreateAsync(new CreateWorkItem("shop", "t", "text", Labels: ["a"]));
        using (var answer = await RawAsync(HttpMethod.Get, $"/work-items/{made.Id}", null)) Assert.Equal("\"1\"", answer.Headers.ETag!.Tag);
        var edited = await SendAsync<WorkItemSnapshot>(HttpMethod.Patch, $"/work-items/{made.Id}", new UpdateWorkItem(Priority: 0, Labels: ["b"], Notes: "n"), ifMatch: "\"1\"");
        Assert.Equal(("t", "text", 0, "n", 2L), (edited.Title, edited.Description, edited.Priority, edited.Notes, edited.Version));
        Assert.Equal(["b"], edited.Labels);
        Assert.Equal(2, (await RefusedAsync(HttpMethod.Patch, $"/work-items/{made.Id}", new UpdateWorkItem(Title: "x"), 412, "version-mismatch", ifMatch: "\"1\"")).GetProperty("version").GetInt64());
        var cleared = await SendAsync<WorkItemSnapshot>(HttpMethod.Patch, $"/work-items/{made.Id}", new UpdateWorkItem(Description: "", Labels: []));
        Assert.Null(cleared.Description);
        Assert.Empty(cleared.Labels);
        Assert.Empty(await ReadyAsync("&label=b"));
        Assert.Equal(cleared.Version, (await SendAsync<WorkItemSnapshot>(HttpMethod.Patch, $"/work-items/{made.Id}", new UpdateWorkItem())).Version);
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task Ready_is_ordered_by_priority_then_age_and_filtered_and_paged()
    {
        var low = await CreateAsync(new CreateWorkItem("shop", "low", Priority: 3));
        Clock.Advance(TimeSpan.FromSeconds(1));
        var first = await CreateAsync(new CreateWorkItem("shop", "first Alpha", Priority: 1, Labels: ["x"]));
        Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await CreateAsync(new CreateWorkItem("shop", "second", Type: WorkItemType.Bug, Priority: 1));
        Assert.Equal([first.Id, second.Id, low.Id], await ReadyAsync());
        Assert.Equal([first.Id], await ReadyAsync("&label=x"));
        Assert.Equal([second.Id], await ReadyAsync("&type=bug"));
        Assert.Equal([first.Id], await ReadyAsync("&text=ALPHA"));
        Assert.Empty(await ReadyAsync("&rig=other"));
        Assert.Equal([first.Id, second.Id, low.Id], await PagesAsync("/work-items?ready=true&limit=1"));
        Assert.Equal([second.Id, first.Id, low.Id], await PagesAsync("/work-items?limit=2&state=open,closed"));
        Clock.Advance(TimeSpan.FromDays(4));
        var urgent = await CreateAsync(new CreateWorkItem("shop", "urgent", Priority: 0));
        Assert.Equal(low.Id, (await ReadyAsync())[2]);
        Assert.Equal(urgent.Id, (await ReadyAsync())[3]);      // four days are worth more than three levels
        await RefusedAsync(HttpMethod.Get, "/work-items?state=nonsense", null, 400, "invalid");
        await RefusedAsync(HttpMethod.Get, "/work-items?limit=501", null, 400, "invalid");
        await RefusedAsync(HttpMethod.Get, "/work-items?after=garbage", null, 400, "invalid");
    }

    [Fact]
    public async Task Deferred_items_become_ready_at_their_time_and_hide_direct_children()
    {
        var until = Clock.GetUtcNow().AddHours(1);
        var deferred = await CreateAsync(new CreateWorkItem("shop", "later", DeferUntil: until));
        var child = await CreateAsync(new CreateWorkItem("shop", "child", ParentId: deferred.Id));
        var grandchild = await CreateAsync(new CreateWorkItem("shop", "grandchild", ParentId: child.Id));
        Assert.Equal([grandchild.Id], await ReadyAsync());
        Clock.Advance(TimeSpan.FromMinutes(61));
        await Tests.Servers.Eventually.TrueAsync(async () => (await ReadyAsync()).Count == 3, TimeSpan.FromSeconds(60), "the deferral ends", Ct);
        Assert.Contains(await EventsAsync($"&workItem={child.Id}"), e => e.EventType == WorkItemReady.Type);
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task Comments_are_kept_in_order_with_their_author()
    {
        var item = await CreateAsync("t");
        var agent = Host.Client("shop/polecats/nux", Roles.Agent);
        await SendAsync<Comment>(HttpMethod.Post, $"/work-items/{item.Id}/comments", new AddComment("one"), HttpStatusCode.Created);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        await SendAsync<Comment>(HttpMethod.Post, $"/work-items/{item.Id}/comments", new AddComment("two"), HttpStatusCode.Created, agent);
        var page = await SendAsync<Page<Comment>>(HttpMethod.Get, $"/work-items/{item.Id}/comments?limit=1", null);
        Assert.Equal(("one", "overseer"), (page.Items.Single().Text, page.Items.Single().Author));
        page = await SendAsync<Page<Comment>>(HttpMethod.Get, $"/work-items/{item.Id}/comments?limit=1&after={page.Next}", null);
        Assert.Equal(("two", "shop/polecats/nux"), (page.Items.Single().Text, page.Items.Single().Author));
        await RefusedAsync(HttpMethod.Post, $"/work-items/{item.Id}/comments", new AddComment(" "), 400, "invalid");
        Assert.Contains(await EventsAsync(), e => e.EventType == WorkItemCommented.Type && e.ActorAgentId == "shop/polecats/nux");
    }

    [Fact]
    public async Task A_repeated_request_makes_one_item()
    {
        var ids = new List<string>();
        foreach (var title in new[] { "t", "t", "other" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/work-items") { Content = System.Net.Http.Json.JsonContent.Create(new CreateWorkItem("shop", title)), Headers = { { "Idempotency-Key", "k1" } } };
            using var answer = await Http.SendAsync(request, Ct);
            if (title == "other") Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            else ids.Add((await System.Net.Http.Json.HttpContentJsonExtensions.ReadFromJsonAsync<WorkItemSnapshot>(answer.Content, ServiceDefaults.Edge.JsonSettings.Web, Ct))!.Id);
        }
        Assert.Single(ids.Distinct());
        Assert.Equal(ids[..1], await ReadyAsync());
    }

    [Fact]
    public async Task Roles_hold()
    {
        var item = await CreateAsync("t");
        var viewer = Host.Client("overseer/kim", Roles.Viewer);
        var agent = Host.Client("shop/polecats/nux", Roles.Agent);
        await RefusedAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "t"), 403, "forbidden", viewer);
        await RefusedAsync(HttpMethod.Post, $"/work-items/{item.Id}/close", new CloseWorkItem(), 403, "forbidden", agent);
        await RefusedAsync(HttpMethod.Patch, $"/work-items/{item.Id}", new UpdateWorkItem("x"), 403, "forbidden", agent);
        await RefusedAsync(HttpMethod.Delete, $"/work-items/{item.Id}", null, 403, "forbidden", agent);
        await RefusedAsync(HttpMethod.Post, "/rigs", new CreateRig("bar", "ba"), 403, "forbidden", agent);
        await RefusedAsync(HttpMethod.Post, "/runtime/replay", null, 403, "forbidden", agent);
        await RefusedAsync(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "t"), 403, "forbidden", Host.Client("bar/polecats/nux", Roles.Agent, rigs: "bar"));
        var own = await SendAsync<WorkItemSnapshot>(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "found"), HttpStatusCode.Created, agent);
        Assert.Equal("shop/polecats/nux", own.CreatedBy);
        await SendAsync<WorkItemSnapshot>(HttpMethod.Post, $"/work-items/{own.Id}/dependencies", new AddDependency(item.Id, DependencyType.DiscoveredFrom), by: agent);
        Assert.True((await ShowAsync(own.Id)).Ready);
    }

    static CreateWorkItem Batch(params CreateWorkItem[] items) => new(null, null, Items: items);

    async Task<List<string>> PagesAsync(string path)
    {
        var (all, after) = (new List<string>(), "");
        do
        {
            var page = await SendAsync<Page<WorkItemSnapshot>>(HttpMethod.Get, path + after, null);
            all.AddRange(page.Items.Select(i => i.Id));
            after = page.Next is null ? "" : $"&after={page.Next}";
        }
        while (after.Length > 0);
        return all;
    }
}
