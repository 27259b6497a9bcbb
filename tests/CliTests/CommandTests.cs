using System.Text.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.CliTests;

/// <summary>What commands send, and how they show the answer.</summary>
public sealed class CommandTests : IDisposable
{
    readonly Cm _cm = new();

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task Create_sends_everything_it_was_told()
    {
        _cm.Input = "All of it\n";
        _cm.Town.On("POST", "/work-items", Sample.Item(), 201);
        var result = await _cm.RunAsync("create", "Fix login", "-r", "shop", "-t", "bug", "-p", "0", "-l", "auth", "-l", "ui", "--needs", "sh-a1b2c", "-d", "-", "--acceptance", "passes=make test", "--acceptance", "looks good");
        Assert.Equal(0, result.Code);
        var said = _cm.Town.Last("POST", "/work-items").Json;
        Assert.Equal("Fix login|shop|bug|0|All of it", string.Join('|', ((string[])["title", "rigId", "type", "priority", "description"]).Select(n => said.GetProperty(n).ToString())));
        Assert.Equal(["auth", "ui"], said.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));
        Assert.Equal("make|test", string.Join('|', said.GetProperty("acceptance")[0].GetProperty("command").EnumerateArray()));
        Assert.False(said.TryGetProperty("notes", out _));
    }

    [Fact]
    public async Task A_batch_is_one_request()
    {
        File.WriteAllText(Path.Combine(_cm.Directory, "plan.json"), """{"items":[{"key":"a","rigId":"shop","title":"One"},{"rigId":"shop","title":"Two","dependsOn":["#a"]}]}""");
        _cm.Town.On("POST", "/work-items", new { items = new[] { Sample.Item("sh-aaaaa"), Sample.Item("sh-bbbbb") } }, 201);
        Assert.Equal("sh-aaaaa\nsh-bbbbb\n", (await _cm.RunAsync("create", "--file", "plan.json", "--quiet")).Out);
        Assert.Equal("#a", _cm.Town.Last("POST", "/work-items").Json.GetProperty("items")[1].GetProperty("dependsOn")[0].GetString());
    }

    [Theory]
    [InlineData("dispatch", "an agent starts now")]
    [InlineData("slot", "waits for a free slot")]
    [InlineData("dependency", "waits for what blocks it")]
    [InlineData("claim", "waits to be claimed")]
    public async Task Sling_says_what_happens_next(string next, string words)
    {
        _cm.Town.On("POST", "/hooks/shop/pool/sling", new SlingResult(Guid.NewGuid(), "sh-x7k2m", "shop/pool", AssignmentState.Queued, "hq-cv-aaaaa", next), 201);
        var result = await _cm.RunAsync("sling", "sh-x7k2m", "shop/pool", "--when-ready");
        Assert.Contains(words, result.Out);
        Assert.Contains("hq-cv-aaaaa", result.Out);
        var said = _cm.Town.Last("POST", "/hooks/shop/pool/sling").Json;
        Assert.True(said.GetProperty("whenReady").GetBoolean());
        Assert.Equal("sh-x7k2m", said.GetProperty("workItemId").GetString());
    }

    [Fact]
    public async Task Without_a_hook_work_goes_to_the_pool_of_its_rig()
    {
        _cm.Town.On("GET", "/work-items/sh-x7k2m", Sample.Detail(Sample.Item()))
            .On("POST", "/hooks/shop/pool/sling", new SlingResult(Guid.NewGuid(), "sh-x7k2m", "shop/pool", AssignmentState.Queued, null, "dispatch"), 201);
        Assert.Equal(0, (await _cm.RunAsync("sling", "sh-x7k2m")).Code);
    }

    [Fact]
    public async Task Several_items_are_slung_in_one_request()
    {
        _cm.Town.On("POST", "/hooks/shop/crew/ada/sling", new SlingResults([new(Guid.NewGuid(), "sh-aaaaa", "shop/crew/ada", AssignmentState.Queued, null, "claim")]), 201);
        await _cm.RunAsync("sling", "sh-aaaaa", "sh-bbbbb", "shop/crew/ada");
        Assert.Equal(2, _cm.Town.Last("POST", "/hooks/shop/crew/ada/sling").Json.GetProperty("workItemIds").GetArrayLength());
    }

    [Fact]
    public async Task Update_with_a_version_sends_if_match()
    {
        _cm.Town.On("PATCH", "/work-items/sh-x7k2m", Sample.Item());
        await _cm.RunAsync("update", "sh-x7k2m", "--priority", "0", "--if-version", "4");
        Assert.Equal("\"4\"", _cm.Town.Last("PATCH", "/work-items/sh-x7k2m").IfMatch);
    }

    [Fact]
    public async Task A_rig_is_added_with_gates_and_an_absolute_path()
    {
        _cm.Town.On("POST", "/rigs", new RigSnapshot("shop", "sh", "/x", "main", RigState.Active, new RigSettings(), Sample.Noon, Sample.Noon, 1), 201);
        await _cm.RunAsync("rig", "add", "shop", "./repo", "--gate", "test=make test", "--gate", "lint=[\"./lint it\",\"--all\"]", "--agent", "./agent.sh", "--max-workers", "2");
        var said = _cm.Town.Last("POST", "/rigs").Json;
        Assert.Equal(Path.Combine(_cm.Directory, "repo"), said.GetProperty("gitUrl").GetString());
        Assert.Equal("sh", said.GetProperty("prefix").GetString());
        var gates = said.GetProperty("settings").GetProperty("merge").GetProperty("gates");
        Assert.Equal("make|test", string.Join('|', gates[0].GetProperty("command").EnumerateArray()));
        Assert.Equal("./lint it|--all", string.Join('|', gates[1].GetProperty("command").EnumerateArray()));
    }

    [Fact]
    public async Task Urls_of_repositories_stay_as_they_are()
    {
        _cm.Town.On("POST", "/rigs", new RigSnapshot("shop", "sh", "/x", "main", RigState.Active, new RigSettings(), Sample.Noon, Sample.Noon, 1), 201);
        foreach (var url in (string[])["https://example.org/shop.git", "git@example.org:shop.git", "ssh://example.org/shop"])
        {
            await _cm.RunAsync("rig", "add", "shop", url);
            Assert.Equal(url, _cm.Town.Last("POST", "/rigs").Json.GetProperty("gitUrl").GetString());
        }
    }

    [Fact]
    public async Task A_tree_shows_each_branch_once_and_survives_circles()
    {
        var graph = new WorkItemGraph("sh-a", [Node("sh-a", "Top"), Node("sh-b", "Left"), Node("sh-c", "Bottom")],
            [Edge("sh-a", "sh-b"), Edge("sh-b", "sh-c"), Edge("sh-a", "sh-c"), Edge("sh-c", "sh-a")], ["sh-b", "sh-c"], [], ["sh-c", "sh-b", "sh-a"], false);
        _cm.Town.On("GET", "/work-items/sh-a/graph", graph);
        var result = await _cm.RunAsync("dep", "tree", "sh-a");
        Assert.Contains("├─ sh-b", result.Out);
        Assert.Contains("│  └─ sh-c", result.Out);
        Assert.Contains("sh-c → sh-b → sh-a", result.Out);
        Assert.True(result.Lines.Length < 10, result.Out);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_scripts_ask_cm(string shell) => Assert.Contains("[suggest:", (await _cm.RunAsync("completion", shell)).Out);

    [Fact]
    public async Task Suggestions_are_commands_options_and_values()
    {
        Assert.Contains("sling", (await _cm.RunAsync("[suggest:5]", "cm sl")).Lines);
        Assert.Contains("--when-ready", (await _cm.RunAsync("[suggest:11]", "cm sling --")).Lines);
        Assert.Contains("chore", (await _cm.RunAsync("[suggest:17]", "cm create --type ")).Lines);
    }

    [Fact]
    public async Task A_token_can_be_taken_by_a_script()
    {
        _cm.Town.On("POST", "/tokens", new TokenResult("abc", "shop/crew/ada", "agent", Sample.Noon));
        Assert.Equal("abc\n", (await _cm.RunAsync("token", "shop/crew/ada")).Out);
    }

    static GraphNode Node(string id, string title) => new(id, "shop", title, WorkItemType.Task, WorkItemState.Open, 2, false, null);

    static GraphEdge Edge(string from, string to) => new(from, to, DependencyType.Blocks);
}
