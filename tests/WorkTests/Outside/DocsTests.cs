using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.WorkTests.Outside;

/// <summary>docs/outside.md is run, not only read.</summary>
public sealed partial class DocsTests : WorkHost
{
    const string Secret = "a secret of sixteen or more";

    protected override async Task<IReadOnlyDictionary<string, string?>> SettingsAsync() =>
        new Dictionary<string, string?>(await base.SettingsAsync()) { ["Work:Ingest:Sources:scanner:Secret"] = Secret };

    [Fact]
    public async Task The_curl_examples_work_as_they_stand()
    {
        var token = Host.Client("external/ci", Roles.Publisher).DefaultRequestHeaders.Authorization!.Parameter!;
        var results = new List<IngestResult>();
        foreach (var block in Blocks("bash")) results.Add(await BashAsync(block, token));
        Assert.Equal(["create", "comment", "create"], results.Select(r => r.Type["claudemanage.work-item.".Length..]));
        Assert.All(results, r => Assert.Equal("accepted", r.Status));
        Assert.Equal(results[0].WorkItemIds, results[1].WorkItemIds);
        Assert.Equal("external/scanner", (await ShowAsync(results[2].WorkItemIds[0])).CreatedBy);
        // As they stand, they may be sent again.
        Assert.Equal("duplicate", (await BashAsync(Blocks("bash")[2], token)).Status);
    }

    [Fact]
    public void The_examples_in_C_are_the_code_that_the_broker_tests_run()
    {
        var source = Words(File.ReadAllText(Path.Combine(Root(), "tests", "WorkTests", "Outside", "OutsideSystem.cs")));
        var blocks = Blocks("csharp");
        Assert.Equal(3, blocks.Count);
        Assert.All(blocks, block => Assert.Contains(Words(block), source));
    }

    static List<string> Blocks(string language) =>
        [.. Block().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "outside.md"))).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value)];

    async Task<IngestResult> BashAsync(string script, string token)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["URL"], start.Environment["TOKEN"], start.Environment["SECRET"]) = (Host.Address.ToString().TrimEnd('/'), token, Secret);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Ct), process.StandardError.ReadToEndAsync(Ct));
        await process.WaitForExitAsync(Ct);
        Assert.True(process.ExitCode == 0, $"{script}\n→ {process.ExitCode} {await error}");
        return JsonSerializer.Deserialize<IngestResult>(await output, JsonSettings.Web)!;
    }

    static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    static string Root([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    [GeneratedRegex("^```(bash|csharp)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
