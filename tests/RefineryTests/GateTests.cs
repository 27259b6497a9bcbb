using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.RefineryTests;

/// <summary>Gates fail closed, are not run twice for nothing, and leave nothing behind.</summary>
public sealed class GateTests : IDisposable
{
    readonly string _scratch = Directory.CreateTempSubdirectory("cm-gates-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Counter => Path.Combine(_scratch, "runs");

    int Runs => File.Exists(Counter) ? File.ReadAllLines(Counter).Length : 0;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task A_failing_gate_refuses_with_the_end_of_its_output_and_the_target_stays()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("test", "if test -f broken; then echo 'line 7: it is broken'; exit 3; fi")]));
        await town.WorkAsync("sh-aaaaa", ("broken", "x"));
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        Assert.Contains("'test' failed with exit code 3", request.Feedback, StringComparison.Ordinal);
        Assert.Contains("line 7: it is broken", request.Feedback, StringComparison.Ordinal);
        Assert.Equal([(false, GateResult.Failed), (true, GateResult.Passed)], request.GateRuns.Select(r => (r.OnTarget, r.Result)));
        Assert.Contains("line 7: it is broken", await town.Http.GetStringAsync(request.GateRuns[0].Log, Ct), StringComparison.Ordinal);
        Assert.Single(await town.Origin.FirstParentsAsync());
        Assert.Equal(request.Feedback, Assert.Single(town.Host.Probe.Of<MergeRejected>()).Request.Feedback);
        // The worker repairs it: the second attempt lands.
        await town.Origin.BranchAsync("cm/sh-aaaaa/2", ("fine", "x"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/2", null, fence: 2);
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
    }

    [Fact]
    public async Task A_gate_that_cannot_start_with_the_change_refuses_it()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(), await Origin.CreateAsync(files: ("gate.sh", "#!/bin/sh\nexit 0\n")));
        await town.SetAsync(new MergeSettings(Gates: [new GateDefinition("script", ["sh", "gate.sh"])]));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        await town.SetAsync(new MergeSettings(Gates: [new GateDefinition("script", ["./a.txt"])]));
        await town.WorkAsync("sh-bbbbb", ("b.txt", "b"));
        // It does not start on main either: nobody is blamed.
        await town.PausedAsync("red");
        Assert.Equal(2, (await town.Origin.FirstParentsAsync()).Count);
        var request = await town.ShowAsync((await town.RequestsAsync("sh-bbbbb"))[0].Id);
        Assert.Equal(MergeRequestState.Queued, request.State);
        Assert.All(request.GateRuns, r => Assert.Equal(GateResult.NotStarted, r.Result));
    }

    [Fact]
    public async Task A_gate_that_takes_too_long_has_failed_and_its_children_are_dead()
    {
        var pidFile = Path.Combine(_scratch, "pid");
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates:
            [Samples.Gate("slow", $"if test -f slow; then (setsid sleep 300 & echo $! > '{pidFile}'; wait); sleep 300; fi", timeout: 6)]));
        await town.WorkAsync("sh-aaaaa", ("slow", "x"));
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        Assert.Contains("did not end within 6 s", request.Feedback, StringComparison.Ordinal);
        Assert.Equal(GateResult.TimedOut, request.GateRuns[0].Result);
        var pid = int.Parse((await File.ReadAllTextAsync(pidFile, Ct)).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.False(Directory.Exists($"/proc/{pid}") && ProcessIdentity.Of(pid) is { } id && ProcessGroup.IsAlive(id), $"{pid} outlived its gate");
    }

    [Fact]
    public async Task The_same_tree_is_gated_once()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("count", $"echo x >> '{Counter}'; ! test -f broken")]));
        await town.WorkAsync("sh-aaaaa", ("broken", "x"));
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        Assert.Equal(2, Runs);      // the candidate and main's own tip
        // The same content again, as another completion: the answer is known.
        await town.Origin.BranchAsync("cm/sh-aaaaa/2", ("broken", "x"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/2", null, fence: 2);
        var again = await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        Assert.Equal(2, again.Fence);
        Assert.All(again.GateRuns, r => Assert.True(r.Cached));
        Assert.Equal(2, Runs);
        // An operator's retry asks for a fresh look at the failure; the pass of main stays known.
        await town.PostAsync($"/merge-requests/{again.Id}/retry");
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        await Eventually.TrueAsync(() => Runs == 3, TimeSpan.FromSeconds(60), "one more run", Ct);
        // The runs, in pages, newest first.
        var ids = new List<Guid>();
        for (string? after = ""; after is not null;)
        {
            var page = (await town.Http.GetFromJsonAsync<Page<GateRunDetail>>($"/gate-runs?rig=shop&limit=2&after={after}", JsonSettings.Web, Ct))!;
            ids.AddRange(page.Items.Select(r => r.Id));
            after = page.Next;
        }
        Assert.Equal(6, ids.Count);
        Assert.Equal(ids.OrderDescending(), ids);
        // Another definition is another question.
        await town.SetAsync(new MergeSettings(Gates: [Samples.Gate("count", $"echo y >> '{Counter}'")]));
        await town.PostAsync($"/merge-requests/{again.Id}/retry");
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal(4, Runs);
    }

    [Fact]
    public async Task A_gate_that_passes_on_its_second_try_lands_and_is_known_as_flaky()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("moody", $"echo try >> '{Counter}'; test $(wc -l < '{Counter}') -ge 2", retries: 2)]));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        var run = Assert.Single((await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged)).GateRuns);
        Assert.Equal((GateResult.Passed, 2, true), (run.Result, run.Tries, run.Flaky));
        var flaky = Assert.Single((await town.QueueAsync()).FlakyGates);
        Assert.Equal(("moody", 1), (flaky.Gate, flaky.Times));
        Assert.Contains("== try 2 ==", await town.Http.GetStringAsync(run.Log, Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gates_run_in_order_after_set_up_in_exactly_the_candidate_with_a_clean_environment()
    {
        var seen = Path.Combine(_scratch, "seen");
        await using var town = await MergeTown.StartAsync(new MergeSettings(
            Setup: ["sh", "-c", $"echo setup >> '{seen}'; echo built > built"],
            Gates:
            [
                Samples.Gate("one", $"test -f built && echo one >> '{seen}' && env | cut -d= -f1 | sort > '{seen}.env' && git rev-parse HEAD > '{seen}.head' && git status --porcelain -uno > '{seen}.status'", env: new() { ["EXTRA"] = "1" }),
                Samples.Gate("shown", $"echo shown >> '{seen}'; exit 1", required: false),
                Samples.Gate("two", $"echo two >> '{seen}'"),
            ]));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal(["setup", "one", "shown", "two"], await File.ReadAllLinesAsync(seen, Ct));
        Assert.Equal(request.MergedCommit, (await File.ReadAllTextAsync(seen + ".head", Ct)).Trim());
        Assert.Empty(await File.ReadAllTextAsync(seen + ".status", Ct));
        var allowed = new[] { "PATH", "HOME", "LANG", "TMPDIR", "EXTRA", "CLAUDEMANAGE_GATE", "PWD", "OLDPWD", "SHLVL", "_" };
        Assert.Empty((await File.ReadAllLinesAsync(seen + ".env", Ct)).Except(allowed));
        Assert.Contains("EXTRA", await File.ReadAllLinesAsync(seen + ".env", Ct));
    }

    [Fact]
    public async Task The_next_candidate_finds_nothing_of_the_last_one_and_hooks_and_filters_of_a_candidate_do_not_run()
    {
        var touched = Path.Combine(_scratch, "touched");
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates:
        [
            // A gate that leaves traps: an ignored file, a hook and a filter in the shared repository.
            Samples.Gate("trap", $"test ! -e left && echo x > left && d=$(git rev-parse --git-common-dir) && mkdir -p $d/hooks && printf '#!/bin/sh\\ntouch {touched}\\n' > $d/hooks/post-checkout"
                + $" && chmod +x $d/hooks/post-checkout && git config filter.evil.smudge 'touch {touched}; cat'"),
        ]), await Origin.CreateAsync(files: [(".gitignore", "left\n"), (".gitattributes", "* filter=evil\n")]));
        foreach (var name in new[] { "sh-aaaaa", "sh-bbbbb" })
        {
            await town.WorkAsync(name, ($"{name}.txt", "x"));
            await town.UntilAsync(name, MergeRequestState.Merged);
        }
        Assert.False(File.Exists(touched));
    }

    [Fact]
    public async Task When_the_target_itself_is_red_the_queue_stops_and_nobody_is_blamed()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("test", "echo checking; ! test -f broken")]));
        await town.Origin.PushToMainAsync(("broken", "x"));
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await town.PausedAsync("red");
        var incident = town.Host.Probe.Of<RaiseIncident>()[0];
        Assert.Contains("main is red", incident.What, StringComparison.Ordinal);
        Assert.Equal(MergeRequestState.Queued, (await town.RequestsAsync("sh-aaaaa"))[0].State);
        Assert.Empty(town.Host.Probe.Events(MergeRejected.Type));
        // Somebody repairs main: it goes on by itself.
        await town.Origin.PushToMainAsync(("broken", null));
        await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.False((await town.QueueAsync()).Paused);
        Assert.Single(town.Host.Probe.Events(MergeQueueResumed.Type));
    }
}
