using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.RefineryTests;

/// <summary>Others push, origins vanish and refuse, workers come back: nothing is overwritten, nothing is lost.</summary>
public sealed class TroubleTests : IDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    readonly string _scratch = Directory.CreateTempSubdirectory("cm-trouble-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string InScratch(string name) => Path.Combine(_scratch, name);

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    // A gate that says it began and goes on only when it is let.
    GateDefinition Held => Samples.Gate("held", $"echo x >> '{InScratch("begun")}'; while ! test -f '{InScratch("go")}'; do sleep 0.02; done");

    Task BegunAsync(int times = 1) => Eventually.TrueAsync(() => File.Exists(InScratch("begun")) && File.ReadAllLines(InScratch("begun")).Length == times, Deadline, "the gate runs", Ct);

    void LetGo() => File.WriteAllText(InScratch("go"), "");

    [Fact]
    public async Task A_push_to_the_target_during_the_gate_is_kept_and_the_request_is_gated_again_on_top_of_it()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Held]));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await BegunAsync();
        var theirs = await town.Origin.PushToMainAsync(("theirs.txt", "x"));
        LetGo();
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        var landings = await town.Origin.FirstParentsAsync();
        Assert.Equal([theirs, request.MergedCommit], landings.Skip(1));
        Assert.Equal(2, request.GateRuns.Select(r => r.Tree).Distinct().Count());
        await BegunAsync(2);
    }

    [Fact]
    public async Task A_checkout_for_gates_that_was_killed_half_made_is_made_anew()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("there", "test -f a.txt")]));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        var checkout = Assert.Single(Directory.GetDirectories(Path.Combine(town.Host.Directory, "refinery", "worktrees", "shop")));
        Directory.Delete(checkout, recursive: true);
        // git writes this first and takes it away last.
        var admin = Assert.Single(Directory.GetDirectories(town.Host.Directory, Path.GetFileName(checkout), SearchOption.AllDirectories), d => Path.GetFileName(Path.GetDirectoryName(d)) == "worktrees");
        await File.WriteAllTextAsync(Path.Combine(admin, "locked"), "initializing\n", Ct);
        await town.WorkAsync("sh-bbbbb", ("b.txt", "b"));
        await town.UntilAsync("sh-bbbbb", MergeRequestState.Merged);
    }

    [Fact]
    public async Task A_newer_completion_takes_the_place_of_the_older_one_whose_gate_is_stopped()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Held]));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "old"));
        await BegunAsync();
        var first = (await town.RequestsAsync("sh-aaaaa"))[0];
        var commit = await town.Origin.BranchAsync("cm/sh-aaaaa/2", ("a.txt", "new"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/2", commit, fence: 2);
        await Eventually.TrueAsync(async () => (await town.ShowAsync(first.Id)).State == MergeRequestState.Superseded, Deadline, "the older one is superseded", Ct);
        await BegunAsync(2);
        LetGo();
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        // What is older, or the same again, changes nothing.
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", first.Commit, fence: 1);
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/2", commit, fence: 2);
        Assert.Equal(2, (await town.RequestsAsync("sh-aaaaa")).Count);
        Assert.Equal(2, (await town.Origin.FirstParentsAsync()).Count);
        Assert.Single(town.Host.Probe.Events(MergeSuperseded.Type));
    }

    [Fact]
    public async Task What_was_done_under_an_older_lease_or_for_a_closed_item_does_not_land()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Held]));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await BegunAsync();
        await town.PublishAsync(Samples.Leased("sh-aaaaa", 2));
        Assert.Contains("leased again", (await town.UntilAsync("sh-aaaaa", MergeRequestState.Superseded)).Feedback, StringComparison.Ordinal);
        await town.WorkAsync("sh-bbbbb", ("b.txt", "b"));
        await town.PublishAsync(new WorkItemClosed(Samples.Event(WorkItemClosed.Type, "sh-bbbbb", "overseer"),
            Samples.Item("sh-bbbbb", 11, WorkItemState.Closed, outcome: new WorkItemOutcome(OutcomeKind.Cancelled, null, "overseer"))));
        await town.UntilAsync("sh-bbbbb", MergeRequestState.Superseded);
        LetGo();
        Assert.Single(await town.Origin.FirstParentsAsync());
    }

    [Fact]
    public async Task While_the_repository_is_gone_requests_are_kept_and_land_when_it_is_back()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        var commit = await town.Origin.BranchAsync("cm/sh-aaaaa/1", ("a.txt", "a"));
        town.Origin.Hide();
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", commit);
        await town.PausedAsync("origin");
        await Eventually.TrueAsync(() => town.Host.Probe.Of<RaiseIncident>().Count > 1, Deadline, "it is tried again", Ct);
        Assert.All(town.Host.Probe.Of<RaiseIncident>(), i => Assert.Equal("origin:shop", i.Cause));
        Assert.Equal(MergeRequestState.Queued, (await town.RequestsAsync("sh-aaaaa"))[0].State);
        town.Origin.ShowAgain();
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.False((await town.QueueAsync()).Paused);
        Assert.Single(town.Host.Probe.Events(MergeQueuePaused.Type));
    }

    [Fact]
    public async Task A_persons_checkout_with_unsaved_work_is_not_touched_and_moves_along_when_it_is_clean()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(), await Origin.CreateAsync(bare: false));
        var commit = await town.Origin.BranchAsync("cm/sh-aaaaa/1", ("README", "landed\n"));
        town.Origin.MakeDirty();
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", commit);
        await town.PausedAsync("refused");
        Assert.Equal("unsaved\n", await File.ReadAllTextAsync(Path.Combine(town.Origin.Url, "README"), Ct));
        Assert.Single(await town.Origin.FirstParentsAsync());
        Assert.NotEmpty((await town.QueueAsync()).Reason!);
        await town.Origin.CleanAsync();
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal("landed\n", await File.ReadAllTextAsync(Path.Combine(town.Origin.Url, "README"), Ct));
    }

    [Fact]
    public async Task What_the_origins_own_hooks_refuse_is_kept_with_their_words_and_lands_when_they_let_it()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        var commit = await town.Origin.BranchAsync("cm/sh-aaaaa/1", ("a.txt", "a"));
        town.Origin.Hook("pre-receive", "echo not on a friday >&2; exit 1");
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", commit);
        await town.PausedAsync("refused");
        Assert.Contains("not on a friday", (await town.QueueAsync()).Reason, StringComparison.Ordinal);
        Assert.Contains(town.Host.Probe.Of<RaiseIncident>(), i => i.Cause == "origin:shop");
        Assert.Single(await town.Origin.FirstParentsAsync());
        // One that complains when everything is done has no say, however much it prints.
        town.Origin.Hook("post-receive", "head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1");
        town.Origin.Hook("pre-receive", "exit 0");
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal(2, (await town.Origin.FirstParentsAsync()).Count);
        Assert.False((await town.QueueAsync()).Paused);
    }

    [Fact]
    public async Task Branches_named_like_options_are_in_nobodys_way()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("test", "test -f a.txt")]));
        foreach (var name in new[] { "-d", "--upload-pack=touch", "-" }) await town.Origin.RefAsync($"refs/heads/{name}", "refs/heads/main");
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.True(await town.Origin.ExistsAsync("--upload-pack=touch"));
    }

    [Fact]
    public async Task A_rig_without_repository_and_a_docked_rig()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        await town.SetAsync(new MergeSettings(), url: null);
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/1", new string('a', 40));
        Assert.Contains("no repository", (await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected)).Feedback, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_target_is_the_default_branch_of_the_moment_of_landing()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Held]));
        await town.Origin.BranchAsync("trunk", ("trunk.txt", "t"));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await BegunAsync();
        await town.SetAsync(new MergeSettings(Gates: [Held]), branch: "trunk");
        LetGo();
        Assert.Equal("trunk", (await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged)).Target);
        Assert.Single(await town.Origin.FirstParentsAsync());
    }
}
