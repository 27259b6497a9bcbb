using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.SupervisorTests;

/// <summary>An agent whose disk is full: its attempt fails with the reason, nothing of it is lost or left, and the next one can work.</summary>
public sealed class DiskTests
{
    const string Commit = "echo x >made; git add made; git commit -qm made";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_that_fills_the_disk_of_its_worktree_fails_and_what_it_had_is_saved()
    {
        await using var station = await Station.StartAsync("echo precious >unsaved; head -c 50000000 /dev/zero >junk");
        await using var disk = await SmallDisk.MountAsync(Path.Combine(station.Root, "data", "worktrees"), "size=4m", Ct);
        var run = await station.DispatchAsync();
        var done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Failed, done.Outcome);
        Assert.Contains("No space left", done.Reason);
        Assert.Empty(Station.Processes(run));
        var saved = await station.SeenAsync<CheckpointSaved>(e => e.Session.Id == run.Session, "its work is saved");
        Assert.Equal("precious", station.Sh(Path.Combine(station.Root, "data", "mirrors", "shop.git"), $"git show {saved.Commit}:unsaved"));

        await station.RigAsync($"test ! -e junk || exit 4; {Commit}");
        await station.DispatchAsync();
        Assert.Equal(CompletionOutcome.Completed, (await station.DoneAsync()).Outcome);
    }

    [Fact]
    public async Task Where_no_transcript_can_be_written_the_attempt_fails_and_leases_go_back_until_there_is_room()
    {
        await using var station = await Station.StartAsync("head -c 50000000 /dev/zero | tr '\\0' 'x' || exit 9");
        await using var disk = await SmallDisk.MountAsync(Path.Combine(station.Root, "data", "sessions"), "size=1m", Ct);
        var run = await station.DispatchAsync();
        Assert.Equal(CompletionOutcome.Failed, (await station.DoneAsync()).Outcome);
        Assert.Equal(9, (await station.EndedAsync(run)).ExitCode);
        Assert.Empty(Station.Processes(run));

        await station.RigAsync(Commit);
        var second = await station.DispatchAsync("toast");
        Assert.Contains("No space left", (await station.SeenAsync<SessionStartFailed>(e => e.Session.Id == second.Session, "session.start-failed")).Session.Reason);
        Assert.Equal(second.Token, (await station.ReleasedAsync()).Token);

        File.Delete(Path.Combine(disk.Path, run.Session.ToString(), "transcript.log"));
        await station.DispatchAsync("rust");
        Assert.Equal(CompletionOutcome.Completed, (await station.DoneAsync()).Outcome);
    }
}
