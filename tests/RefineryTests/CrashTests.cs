using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.RefineryTests;

/// <summary>Stopped at any step and started again on the same database: everything lands, exactly once.</summary>
public sealed class CrashTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StepPoints.CandidateRecorded)]
    [InlineData(StepPoints.LandingRecorded)]
    [InlineData(StepPoints.Pushed)]
    [InlineData(StepPoints.BranchDeleted)]
    [InlineData(StepPoints.Merged)]
    public async Task It_lands_exactly_once(string point)
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("test", "true")]), stopAt: point);
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await town.ReachedAsync(point);
        await town.RestartAsync();
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal([request.MergedCommit], (await town.Origin.FirstParentsAsync()).Skip(1));
        Assert.InRange(town.Host.Probe.Events(MergeSucceeded.Type).Count, 0, 1);
        Assert.False(await town.Origin.ExistsAsync("cm/sh-aaaaa/1"));
    }

    [Fact]
    public async Task Pushed_and_overtaken_by_a_push_of_somebody_else_it_is_known_as_landed()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(), stopAt: StepPoints.Pushed);
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        await town.ReachedAsync(StepPoints.Pushed);
        var theirs = await town.Origin.PushToMainAsync(("theirs.txt", "x"));
        await town.RestartAsync();
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal([request.MergedCommit, theirs], (await town.Origin.FirstParentsAsync()).Skip(1));
    }

    [Fact]
    public async Task A_gate_that_was_running_does_not_count_is_not_left_and_is_run_again()
    {
        var scratch = Directory.CreateTempSubdirectory("cm-crash-").FullName;
        try
        {
            var begun = Path.Combine(scratch, "begun");
            await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("once", $"echo $$ >> '{begun}'; test $(wc -l < '{begun}') -ge 2 || sleep 300")]));
            await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
            await Eventually.TrueAsync(() => File.Exists(begun) && File.ReadAllText(begun).EndsWith('\n'), TimeSpan.FromSeconds(30), "the gate runs", Ct);
            await town.RestartAsync();
            var pid = int.Parse(File.ReadAllLines(begun)[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.False(ProcessIdentity.Of(pid) is { } id && ProcessGroup.IsAlive(id));
            var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
            Assert.Equal([true, false], request.GateRuns.Select(r => r.Interrupted));
        }
        finally { Directory.Delete(scratch, recursive: true); }
    }
}
