using System.Net.Http.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.RefineryTests;

/// <summary>What is right lands, in order, and the target has always passed its gates.</summary>
public sealed class LandingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_requests_land_in_order_and_every_landing_passes_the_gate()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("sum", "test -f README && ! grep -rq broken .")]));
        foreach (var name in new[] { "a", "b", "c" }) await town.WorkAsync($"sh-{name}{name}{name}{name}{name}", ($"{name}.txt", name));
        var merged = new List<Landed>();
        foreach (var name in new[] { "aaaaa", "bbbbb", "ccccc" })
        {
            var request = await town.UntilAsync($"sh-{name}", MergeRequestState.Merged);
            merged.Add(new(request.MergedCommit!, request.Id));
            Assert.Equal(GateResult.Passed, Assert.Single(request.GateRuns).Result);
        }

        var landings = await town.Origin.FirstParentsAsync();
        Assert.Equal(merged.Select(m => m.Commit), landings.Skip(1));
        Assert.Equal(3, town.Host.Probe.Events(MergeSucceeded.Type).Count);
        Assert.Equal("a.txt\nb.txt\nc.txt\nREADME", string.Join('\n', (await town.Origin.FilesAsync("main")).Trim().Split('\n').Order(StringComparer.OrdinalIgnoreCase)));
        var message = await town.Origin.MessageAsync(merged[0].Commit);
        Assert.StartsWith("sh-aaaaa: Title of sh-aaaaa\n", message, StringComparison.Ordinal);
        Assert.Equal(["sh-aaaaa"], Trailers.Read(message, "Work-Item"));
        Assert.Equal(["shop/polecats/nux"], Trailers.Read(message, "Agent"));
        Assert.Equal([merged[0].Id], Trailers.Read(message, "Merge-Request"));
        Assert.False(await town.Origin.ExistsAsync("cm/sh-aaaaa/1"));
        await EveryLandingPassesAsync(town.Origin, landings);
    }

    [Fact]
    public async Task The_same_on_PostgreSQL()
    {
        await using var refinery = await PostgresDatabase.CreateAsync(Ct);
        await using var probe = await PostgresDatabase.CreateAsync(Ct);
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("test", "! test -f broken")]), settings: new()
        {
            ["Database:Provider"] = "Postgres",
            ["ConnectionStrings:refinery"] = refinery.ConnectionString,
            ["ConnectionStrings:probe"] = probe.ConnectionString,
        });
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await town.WorkAsync("sh-bbbbb", ("broken", "x"));
        var merged = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        await town.UntilAsync("sh-bbbbb", MergeRequestState.Rejected);
        Assert.Equal([merged.MergedCommit], (await town.Origin.FirstParentsAsync()).Skip(1));
        Assert.Equal(2, (await town.Http.GetFromJsonAsync<Page<MergeRequestSnapshot>>("/merge-requests?limit=1", JsonSettings.Web, Ct))!.Items.Count
            + (await town.Http.GetFromJsonAsync<Page<GateRunDetail>>("/gate-runs?limit=1&rig=shop", JsonSettings.Web, Ct))!.Items.Count);
        Assert.Empty((await town.QueueAsync()).FlakyGates);
    }

    [Fact]
    public async Task A_squash_is_one_commit_by_its_author()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(MergeStrategy.Squash, DeleteBranches: false));
        var commit = await town.Origin.BranchAsync("cm/sh-aaaaa/1", ("a.txt", "a"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", commit, strategy: MergeStrategy.Squash);
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal("Nux <nux@example.invalid>", (await town.Origin.ShowAsync("%an <%ae>", request.MergedCommit!)).Trim());
        Assert.Equal("ClaudeManage Refinery", (await town.Origin.ShowAsync("%cn", request.MergedCommit!)).Trim());
        Assert.Single((await town.Origin.ShowAsync("%P", request.MergedCommit!)).Trim().Split(' '));
        Assert.True(await town.Origin.ExistsAsync("cm/sh-aaaaa/1"));
        Assert.Equal("none", (await town.QueueAsync()).Gates.ToString());
    }

    [Fact]
    public async Task A_conflict_goes_back_with_its_files()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        var first = await town.Origin.BranchAsync("cm/sh-aaaaa/1", ("README", "mine\n"));
        var second = await town.Origin.BranchAsync("cm/sh-bbbbb/1", ("README", "yours\n"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", first);
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        await town.SubmitAsync("sh-bbbbb", "cm/sh-bbbbb/1", second);
        var request = await town.UntilAsync("sh-bbbbb", MergeRequestState.Conflicted);
        Assert.Equal(["README"], request.Conflict!.Files);
        Assert.Equal(await town.Origin.TipAsync(), request.Conflict.TargetCommit);
        Assert.Contains("README", request.Feedback, StringComparison.Ordinal);
        var fact = Assert.Single(town.Host.Probe.Of<MergeConflicted>());
        Assert.Equal(("sh-bbbbb", 1L, request.Feedback), (fact.Request.WorkItemId, fact.Request.Fence, fact.Request.Feedback));
    }

    [Fact]
    public async Task A_commit_that_is_not_pushed_yet_is_waited_for()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        var commit = await town.Origin.PrepareAsync("cm/sh-aaaaa/1", ("a.txt", "a"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", commit);
        await Eventually.TrueAsync(async () => (await town.QueueAsync()).Requests.SingleOrDefault()?.WaitingFor.Contains("appear", StringComparison.Ordinal) == true,
            TimeSpan.FromSeconds(30), "the request waits for its commit", Ct);
        await town.Origin.PushAsync("cm/sh-aaaaa/1");
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
    }

    [Fact]
    public async Task A_commit_that_never_comes_is_refused()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(), settings: new() { ["Refinery:BranchWaitSeconds"] = "1" });
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", new string('a', 40));
        Assert.Contains("was not found", (await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected)).Feedback, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--upload-pack=touch /tmp/owned")]
    [InlineData("-f")]
    [InlineData("main..other")]
    [InlineData("main")]
    public async Task Names_that_are_none_are_refused(string branch)
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        await town.SubmitAsync("sh-aaaaa", branch, new string('a', 40));
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        Assert.Single(await town.Origin.FirstParentsAsync());
    }

    [Fact]
    public async Task What_the_target_has_already_and_what_is_protected_is_refused()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(ProtectedPaths: ["ci/", "*.lock"]));
        await town.Origin.BranchAsync("cm/sh-aaaaa/1", ("a.txt", "a"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", await town.Origin.TipAsync());
        Assert.Contains("nothing to land", (await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected)).Feedback, StringComparison.Ordinal);
        await town.WorkAsync("sh-bbbbb", ("ci/run.sh", "exit 0"));
        Assert.Contains("ci/run.sh", (await town.UntilAsync("sh-bbbbb", MergeRequestState.Rejected)).Feedback, StringComparison.Ordinal);
    }

    // The proof from outside: a fresh checkout of each landing, the gate run by hand.
    static async Task EveryLandingPassesAsync(Origin origin, IReadOnlyList<string> landings)
    {
        var directory = Directory.CreateTempSubdirectory("cm-proof-").FullName;
        try
        {
            var processes = new ProcessRunner();
            Assert.True((await processes.RunAsync(new ProcessSpec("git", ["clone", "-q", origin.Url, directory]), Ct)).Ok);
            foreach (var commit in landings)
            {
                Assert.True((await processes.RunAsync(new ProcessSpec("git", ["checkout", "-q", commit]) { WorkingDirectory = directory }, Ct)).Ok);
                Assert.True((await processes.RunAsync(new ProcessSpec("sh", ["-c", "test -f README && ! grep -rq --exclude-dir=.git broken ."]) { WorkingDirectory = directory }, Ct)).Ok, commit);
            }
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    sealed record Landed(string Commit, string Id);
}
