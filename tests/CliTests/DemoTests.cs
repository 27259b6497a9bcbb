namespace ClaudeManage.CliTests;

/// <summary>Nothing else runs meanwhile: it is a whole town with four agents at once.</summary>
[CollectionDefinition(nameof(WholeMachine), DisableParallelization = true)]
public class WholeMachine;

[Collection(nameof(WholeMachine))]
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_does_the_main_job_and_checks_itself()
    {
        await using var town = new RealTown();
        var demo = await town.CmAsync("demo");
        Assert.True(demo.Code == 0, $"cm demo → {demo.Code}\n{demo.Out}\n{demo.Error}");
        foreach (var check in new[]
        {
            "every item is closed with its merged commit", "each commit is in main exactly once", "every first-parent commit of main passes the gate", "fences strictly increase",
            "the paused worker was refused", "a conflict went back and landed", "the gate refused a change and took its fix", "the trail is whole",
            "the workflow did every step once and its gates opened", "the convoy of the workflow's steps and an item of the other rig landed once", "replaying the trail gives the same state", "no process is left", "no worktree is left",
        })
            Assert.Contains(check, demo.Out);
        Assert.DoesNotContain('\u001b', demo.Out);     // a plain log into a pipe
    }
}
