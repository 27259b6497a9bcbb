using System.Net;
using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;

namespace ClaudeManage.WorkTests.Transfer;

public sealed class ImportTests : TransferHost
{
    [Fact]
    public async Task Items_keep_what_they_came_with_and_replay_agrees()
    {
        var body = Export(
            new ExportLine(TownExport.Item, Item: Item("sh-b", edges: [Edge("sh-a"), Edge("sh-later", DependencyType.Related), Edge("external:x:y")])),
            new ExportLine(TownExport.Item, Item: Item("sh-a")),
            new ExportLine(TownExport.Item, Item: Item("sh-done", WorkItemState.Closed)),
            new ExportLine(TownExport.Item, Item: Item("sh-later", edges: [Edge("sh-done"), Edge("sh-b", DependencyType.Related)])),
            new ExportLine(TownExport.Comment, Comment: new Comment(Guid.Parse("01900000-0000-7000-8000-000000000001"), "sh-a", "ada", "hello", Then)));
        var result = await ImportAsync(body);
        Assert.Equal((new ImportCounts(4, 0, 0), new ImportCounts(1, 0, 0)), (result.Items, result.Comments));
        var b = await ShowAsync("sh-b");
        Assert.Equal((3, Then, Then.AddHours(1), "ada", false), (b.Version, b.CreatedAt, b.UpdatedAt, b.CreatedBy, b.Ready));
        Assert.Equal(("external:x:y", true), b.Dependencies.Where(d => d.Dangling).Select(d => (d.TargetId, d.Dangling)).Single());
        var done = await ShowAsync("sh-done");
        Assert.Equal((WorkItemState.Closed, Then.AddHours(2), OutcomeKind.Completed), (done.State, done.CompletedAt, done.Outcome!.Kind));
        Assert.Equal(["sh-a", "sh-later"], (await ReadyAsync()).Order());
        await AssertReplaysAsync();
        var created = await EventsAsync("&type=work-item.created");
        Assert.Equal((4, "overseer"), (created.Count, created[0].ActorAgentId));
        Assert.Equal(["sh-a", "sh-later"], (await EventsAsync("&type=work-item.ready")).Select(e => e.WorkItemId!).Order());
        await CloseAsync("sh-a");
        Assert.Equal(["sh-b", "sh-later"], (await ReadyAsync()).Order());
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task The_same_again_changes_nothing_and_a_dry_run_neither()
    {
        var body = Export(Item("sh-a"), Item("sh-b", edges: Edge("sh-a")));
        var before = await ExportAsync();
        Assert.Equal(new ImportCounts(2, 0, 0), (await ImportAsync(body, dryRun: true)).Items);
        Assert.Equal(before, await ExportAsync());
        await ImportAsync(body);
        await Host.IdleAsync(Ct);
        var (after, events) = (await ExportAsync(), await EventsWrittenAsync());
        Assert.Equal(new ImportCounts(0, 2, 0), (await ImportAsync(body)).Items);
        await Host.IdleAsync(Ct);
        Assert.Equal((after, events), (await ExportAsync(), await EventsWrittenAsync()));
    }

    [Fact]
    public async Task What_is_here_with_another_content_is_a_conflict_and_stays()
    {
        await ImportAsync(Export(Item("sh-a"), Item("sh-b")));
        await SendAsync<WorkItemSnapshot>(HttpMethod.Patch, "/work-items/sh-a", new UpdateWorkItem(Title: "newer"));
        var result = await ImportAsync(Export(Item("sh-a"), Item("sh-b"), Item("sh-c", edges: Edge("sh-a"))));
        Assert.Equal(new ImportCounts(1, 1, 1), result.Items);
        var conflict = Assert.Single(result.Conflicts);
        Assert.Equal((2, "sh-a"), (conflict.Line, conflict.Id));
        Assert.Contains("title", conflict.Reason);
        Assert.Equal("newer", (await ShowAsync("sh-a")).Title);
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task What_somebody_has_elsewhere_is_open_here_and_importing_it_again_changes_nothing()
    {
        var body = Export(Item("sh-a", WorkItemState.InProgress) with { AssignedAgentId = "shop/crew/ada" }, Item("sh-b", WorkItemState.Submitted));
        Assert.Equal(2, (await ImportAsync(body)).Opened);
        Assert.Equal((WorkItemState.Open, (string?)null), await ShowAsync("sh-a") is var a ? (a.State, a.AssignedAgentId) : default);
        Assert.Equal(["sh-a", "sh-b"], (await ReadyAsync()).Order());
        Assert.Equal(new ImportCounts(0, 2, 0), (await ImportAsync(body)).Items);
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task An_item_that_was_waited_for_before_it_existed_blocks_from_now_on()
    {
        var waiting = await CreateAsync("waits", "sh-new");
        Assert.Equal([waiting.Id], await ReadyAsync());
        await ImportAsync(Export(Item("sh-new")));
        Assert.Equal(["sh-new"], await ReadyAsync());
        await AssertReplaysAsync();
        using var answer = await SendImportAsync(Encoding.UTF8.GetBytes(Export(Item("sh-x", edges: Edge(waiting.Id)), Item("sh-y"))));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_circle_through_what_is_here_is_refused()
    {
        var waiting = await CreateAsync("waits", "sh-new");
        await RefusedImportAsync(Export(Item("sh-new", edges: Edge(waiting.Id))), 409, "dependency-cycle");
    }

    /// <summary>An export of three good lines with something wrong as its fourth.</summary>
    public static TheoryData<string, string> Wrong => new()
    {
        { "{\"kind\":\"item\",\"item\":{", "JSON is broken" },
        { "null", "not a line" },
        { "[]", "not a line" },
        { "{\"kind\":\"item\"}", "missing" },
        { "{\"kind\":\"thing\"}", "kind is town" },
        { Bad(Item("sh-x") with { Title = "a\0b" }), "NUL" },
        { Bad(Item("sh-x")).Replace("Item sh-x", "\\ud800"), "valid Unicode" },
        { Bad(Item("sh-x")).Replace("Item sh-x", "\u00ff"), "valid" },
        { Bad(Item("SH/x")), "/id" },
        { Bad(Item("zz-x")), "begin with sh-" },
        { Bad(Item("sh-x", rig: "nowhere")), "no rig nowhere" },
        { Bad(Item("sh-a")), "already" },
        { Bad(Item("sh-x") with { CompletedAt = Then }), "/completedAt" },
        { Bad(Item("sh-x", WorkItemState.Closed) with { Outcome = null }), "/outcome" },
        { Bad(Item("sh-x") with { Version = 0 }), "/version" },
        { Bad(Item("sh-x") with { CreatedAt = default }), "1970" },
        { Bad(Item("sh-x", edges: [Edge("sh-a"), Edge("sh-a", DependencyType.Related)])), "one edge per pair" },
        { Bad(Item("sh-x", edges: Edge("sh-x"))), "itself" },
        { Bad(Item("sh-x", edges: Edge("sh-gone", DependencyType.ParentChild))), "neither here nor in the import" },
        { Bad(Item("sh-x", edges: [Edge("sh-b", DependencyType.ParentChild), Edge("sh-a")])), "above" },
        { new string(' ', 4 * 1024 * 1024 + 1) + "{}", "longer than" },
        { Line(new ExportLine(TownExport.Town, TownExport.Format)), "once" },
        { Line(new ExportLine(TownExport.End, End: new ExportEnd(0, 5, 0))), "Lines are missing" },
    };

    static string Bad(ExportedItem item) => Line(new ExportLine(TownExport.Item, Item: item)).TrimEnd();

    [Theory, MemberData(nameof(Wrong))]
    public async Task A_bad_line_is_refused_with_its_number_and_nothing_is_written(string line, string says)
    {
        var before = await ExportAsync();
        var lines = Export(Item("sh-a"), Item("sh-b", edges: Edge("sh-a", DependencyType.ParentChild))).Split('\n').ToList();
        lines.Insert(3, line.TrimEnd('\n'));
        lines[4] = lines[4].Replace("\"items\":2", "\"items\":3");
        // Latin-1 for what is to be no UTF-8; the rest is ASCII.
        var problem = await RefusedImportAsync(string.Join('\n', lines), 400, "import-refused", Encoding.Latin1);
        Assert.Equal(4, problem.GetProperty("line").GetInt32());
        Assert.Contains(says, problem.GetProperty("detail").GetString());
        Assert.Equal(before, await ExportAsync());
    }

    [Fact]
    public async Task A_circle_is_refused_with_its_path()
    {
        var problem = await RefusedImportAsync(Export(Item("sh-a", edges: Edge("sh-c")), Item("sh-b", edges: Edge("sh-a")), Item("sh-c", edges: Edge("sh-b"))), 409, "dependency-cycle");
        Assert.Equal(["sh-a", "sh-c", "sh-b", "sh-a"], problem.GetProperty("path").EnumerateArray().Select(p => p.GetString()!));
        Assert.Empty(await ReadyAsync());
    }

    [Fact]
    public async Task A_file_cut_off_is_known_for_one()
    {
        var whole = Export(Item("sh-a"), Item("sh-b"));
        Assert.Contains("the rest is missing", (await RefusedImportAsync(whole[..whole.LastIndexOf("{\"kind\":\"end\"", StringComparison.Ordinal)], 400, "import-refused")).GetProperty("detail").GetString());
        Assert.Empty(await ReadyAsync());
    }

    [Fact]
    public async Task A_body_larger_than_any_other_is_taken()
    {
        var items = Enumerable.Range(0, 60).Select(n => Item($"sh-x{n}") with { Description = new string('ü', 30_000) }).ToArray();
        Assert.Equal(60, (await ImportAsync(Export(items))).Items.Created);
    }

    [Theory]
    [InlineData("POST", "/import")]
    [InlineData("GET", "/export")]
    public async Task Both_are_for_an_operator_of_the_whole_town(string method, string path)
    {
        foreach (var by in new[] { Host.Client("overseer/eve", Roles.Viewer), Host.Client("shop/crew/ada", Roles.Agent), Host.Client("overseer/kim", Roles.Operator, rigs: "shop") })
            await RefusedAsync(new HttpMethod(method), path, method == "POST" ? new { } : null, 403, "forbidden", by);
    }

    async Task<JsonElement> RefusedImportAsync(string body, int status, string code, Encoding? encoding = null)
    {
        using var answer = await SendImportAsync((encoding ?? Encoding.UTF8).GetBytes(body));
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True((int)answer.StatusCode == status, text);
        var problem = JsonElement.Parse(text);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem;
    }
}
