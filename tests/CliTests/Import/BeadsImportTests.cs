using System.Diagnostics;
using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Work;

namespace ClaudeManage.CliTests.Import;

/// <summary><c>cm import beads</c> against Work itself, with data of the size and shapes of a real project.</summary>
public sealed class BeadsImportTests : IAsyncLifetime, IDisposable
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    readonly Cm _cm = new() { RealNetwork = true };
    ModuleTestHost _host = null!;
    TownClient _town = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await ModuleTestHost.StartAsync([new WorkModule()]);
        var http = _host.Client();
        _town = new TownClient(http);
        (_cm.Variables["CM_URL"], _cm.Variables["CM_TOKEN"]) = (_host.Address.AbsoluteUri, http.DefaultRequestHeaders.Authorization!.Parameter!);
        await _town.CreateRig(new CreateRig("beads", "bd")).SendAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _town.Dispose();
        await _host.DisposeAsync();
    }

    public void Dispose() => _cm.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Five_thousand_issues_come_over_and_the_same_are_ready(bool dump)
    {
        var sample = new BeadsSample(5_000, 1_500);
        if (dump) sample.WriteDump(_cm.Directory);
        else sample.WriteExport(_cm.Directory);
        var empty = await ExportAsync();

        var dry = await JsonAsync("import", "beads", ".");
        Assert.True(dry.GetProperty("result").GetProperty("dryRun").GetBoolean());
        Assert.Equal(empty, await ExportAsync());

        var watch = Stopwatch.StartNew();
        var applied = await JsonAsync("import", "beads", ".", "--apply");
        TestContext.Current.TestOutputHelper?.WriteLine($"5 000 issues in {watch.Elapsed.TotalSeconds:0.0} s");
        var items = applied.GetProperty("result").GetProperty("items");
        Assert.Equal((sample.Kept, 0), (items.GetProperty("created").GetInt32(), items.GetProperty("unchanged").GetInt32()));
        Assert.Equal(sample.Comments, applied.GetProperty("result").GetProperty("comments").GetProperty("created").GetInt32());
        Assert.True(JsonElement.DeepEquals(dry.GetProperty("losses"), applied.GetProperty("losses")));
        Assert.Equal(5_000 - sample.Kept, applied.GetProperty("losses").EnumerateArray().Where(l => l.GetProperty("what").GetString()!.EndsWith("left out", StringComparison.Ordinal)
            && (l.GetProperty("what").GetString()!.StartsWith("tombstone", StringComparison.Ordinal) || l.GetProperty("what").GetString()!.StartsWith("type", StringComparison.Ordinal))).Sum(l => l.GetProperty("count").GetInt32()));

        Assert.Equal(sample.Ready().Order(StringComparer.Ordinal), (await ReadyAsync()).Order(StringComparer.Ordinal));
        var after = await ExportAsync();
        var again = await JsonAsync("import", "beads", ".", "--apply");
        Assert.Equal(sample.Kept, again.GetProperty("result").GetProperty("items").GetProperty("unchanged").GetInt32());
        Assert.Equal(after, await ExportAsync());

        await _host.IdleAsync(Ct);
        Assert.Empty((await _town.Call<ReplayResult>(HttpMethod.Post, "runtime/replay").Within(TimeSpan.FromMinutes(5)).SendAsync(Ct)).Differences);
    }

    [Fact]
    public async Task An_export_goes_to_a_file_and_into_an_empty_town()
    {
        new BeadsSample(300, 100).WriteExport(_cm.Directory);
        await JsonAsync("import", "beads", ".", "--apply");
        Assert.Equal(0, (await _cm.RunAsync("export", "--out", "town.ndjson")).Code);
        var file = Path.Combine(_cm.Directory, "town.ndjson");
        Assert.Equal(await File.ReadAllTextAsync(file, Ct), (await _cm.RunAsync("export")).Out);
        await using var other = await ModuleTestHost.StartAsync([new WorkModule()]);
        using var http = other.Client();
        (_cm.Variables["CM_URL"], _cm.Variables["CM_TOKEN"]) = (other.Address.AbsoluteUri, http.DefaultRequestHeaders.Authorization!.Parameter!);
        Assert.Contains("WOULD BE NEW", (await _cm.RunAsync("import", "town", "town.ndjson", "--dry-run")).Out);
        Assert.Equal(0, (await _cm.RunAsync("import", "town", "town.ndjson")).Code);
        Assert.Equal(await File.ReadAllTextAsync(file, Ct), (await _cm.RunAsync("export")).Out);
    }

    [Theory]
    [InlineData("{\"id\":\"bd-x\",\"title\":", "issues.jsonl:3")]
    [InlineData("{\"id\":\"bd-x\",\"title\":\"a\\u0000b\"}", "issues.jsonl:3")]
    [InlineData("{\"id\":\"bd-x\",\"title\":\"\\ud800\"}", "issues.jsonl:3")]
    [InlineData("{\"title\":\"no id\"}", "issues.jsonl:3")]
    [InlineData("[1]", "issues.jsonl:3")]
    [InlineData("{\"id\":\"bd-a\",\"title\":\"a\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"dependencies\":[{\"issue_id\":\"bd-a\",\"depends_on_id\":\"bd-b\",\"type\":\"blocks\"}]}", "bd-a → bd-b → bd-a")]
    public async Task A_line_that_cannot_be_taken_is_named_and_nothing_is_imported(string line, string says)
    {
        await File.WriteAllLinesAsync(Path.Combine(_cm.Directory, "issues.jsonl"),
        [
            "{\"id\":\"bd-a\",\"title\":\"a\"}",
            "{\"id\":\"bd-b\",\"title\":\"b\",\"dependencies\":[{\"issue_id\":\"bd-b\",\"depends_on_id\":\"bd-a\",\"type\":\"blocks\"}]}",
            line,
        ], Ct);
        var before = await ExportAsync();
        var run = await _cm.RunAsync("import", "beads", ".", "--apply");
        Assert.NotEqual(0, run.Code);
        Assert.Contains(says, run.Error);
        Assert.Equal(before, await ExportAsync());
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_refused()
    {
        await File.WriteAllBytesAsync(Path.Combine(_cm.Directory, "issues.jsonl"), [.. "{\"id\":\"bd-a\",\"title\":\""u8, 0xff, .. "\"}\n"u8], Ct);
        var run = await _cm.RunAsync("import", "beads", "issues.jsonl");
        Assert.Equal(1, run.Code);
        Assert.Contains("not UTF-8", run.Error);
    }

    [Fact]
    public async Task Foreign_prefixes_are_refused_with_what_to_do_or_renamed_when_asked()
    {
        await File.WriteAllLinesAsync(Path.Combine(_cm.Directory, "issues.jsonl"), ["{\"id\":\"gt-main-idj\",\"title\":\"a\",\"external_ref\":\"gh-1\"}", "{\"id\":\"gt-b\",\"title\":\"b\"}"], Ct);
        Assert.Contains("cm rig add NAME --prefix gt", (await _cm.RunAsync("import", "beads", ".")).Error);
        Assert.Contains("--rename", (await _cm.RunAsync("import", "beads", ".", "--rig", "beads")).Error);
        Assert.Equal(2, (await _cm.RunAsync("import", "beads", ".", "--rename")).Code);
        await JsonAsync("import", "beads", ".", "--rig", "beads", "--rename", "--apply");
        Assert.Equal("gt-main-idj", (await _town.WorkItem("bd-mainidj").SendAsync(Ct)).ExternalRef);
        Assert.Contains("gh-1", (await _town.Comments("bd-mainidj").SendAsync(Ct)).Items.Single().Text);
        Assert.Equal(2, (await JsonAsync("import", "beads", ".", "--rig", "beads", "--rename", "--apply")).GetProperty("result").GetProperty("items").GetProperty("unchanged").GetInt32());
    }

    async Task<JsonElement> JsonAsync(params string[] args)
    {
        var run = await _cm.RunAsync([.. args, "--json"]);
        Assert.True(run.Code == 0, run.Error);
        return JsonElement.Parse(run.Out);
    }

    async Task<string> ExportAsync()
    {
        await using var body = await _town.ExportAsync(Ct);
        return await new StreamReader(body).ReadToEndAsync(Ct);
    }

    async Task<List<string>> ReadyAsync()
    {
        var (ready, after) = (new List<string>(), (string?)null);
        do
        {
            var page = await _town.WorkItems(new WorkItemQuery(Ready: true, Limit: 500, After: after)).SendAsync(Ct);
            ready.AddRange(page.Items.Select(i => i.Id));
            after = page.Next;
        }
        while (after is not null);
        return ready;
    }
}
