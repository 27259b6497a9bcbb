using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.SupervisorTests;

/// <summary>A supervisor that comes back finds what it left: alive, finished meanwhile, or dead.</summary>
public sealed class RestartTests
{
    const string Waiting = "echo started; while [ ! -f go ]; do sleep 0.05; done; echo x >made; git add made; git commit -qm made";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_living_agent_is_adopted_and_its_end_reported()
    {
        await using var station = await Station.StartAsync(Waiting);
        var run = await station.DispatchAsync();
        var before = await station.PrintedAsync(run, "started");
        await station.DownAsync(leave: true);
        Assert.NotEmpty(Station.Processes(run));
        var renewals = station.Town.Renewals[run.Token];
        await station.UpAsync();
        await Eventually.TrueAsync(() => station.Town.Renewals[run.Token] > renewals, Station.Patience, "its lease is renewed again", Ct);
        var after = await station.SessionAsync(run.Session);
        Assert.Equal((SessionState.Running, before.Pid, before.ProcessStart), (after.State, after.Pid, after.ProcessStart));
        await File.WriteAllTextAsync(Path.Combine(after.Worktree!, "go"), "", Ct);
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, run.Branch), (done.Outcome, done.Branch));
        Assert.Equal(0, (await station.EndedAsync(run)).ExitCode);
    }

    [Fact]
    public async Task An_adopted_agent_whose_lease_went_meanwhile_is_stopped()
    {
        await using var station = await Station.StartAsync("echo started; sleep 300");
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "started");
        await station.DownAsync(leave: true);
        station.Town.TakeBack(run.Token);
        await station.UpAsync();
        Assert.Contains("lease is lost", (await station.EndedAsync(run)).Reason);
        Assert.Empty(Station.Processes(run));
    }

    [Fact]
    public async Task An_agent_that_finished_meanwhile_is_declared_done()
    {
        await using var station = await Station.StartAsync(Waiting);
        var run = await station.DispatchAsync();
        var session = await station.PrintedAsync(run, "started");
        await station.DownAsync(leave: true);
        await File.WriteAllTextAsync(Path.Combine(session.Worktree!, "go"), "", Ct);
        await Eventually.TrueAsync(() => Station.Processes(run).Count == 0, Station.Patience, "the agent ends", Ct);
        await station.UpAsync();
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, run.Branch), (done.Outcome, done.Branch));
        session = await station.EndedAsync(run);
        Assert.Equal((SessionState.Exited, 0), (session.State, session.ExitCode));
    }

    [Fact]
    public async Task A_dead_agent_is_proved_dead_its_work_saved_and_its_lease_given_back()
    {
        await using var station = await Station.StartAsync("echo precious >unsaved; sleep 300 & echo started; wait");
        var run = await station.DispatchAsync();
        var session = await station.PrintedAsync(run, "started");
        await station.DownAsync(leave: true);
        // Agent and wrapper die; a child in the background does not.
        station.Sh("/", $"kill -9 {session.Pid}; pkill -9 -s {session.Pid} -f agent-1.sh; sleep 0.2; pgrep -s {session.Pid} sleep");
        await station.UpAsync();
        var released = await station.ReleasedAsync();
        Assert.True(released.Dead);
        Assert.Equal(run.Token, released.Token);
        Assert.Empty(Station.Processes(run));
        Assert.Equal(SessionState.Lost, (await station.EndedAsync(run)).State);
        await station.SeenAsync<CheckpointSaved>(e => e.Session.Id == run.Session, "its work is saved");
        await station.SeenAsync<SessionStopped>(e => e.Session.Id == run.Session && e.Session.State == SessionState.Lost, "session.stopped");
    }

    [Fact]
    public async Task A_start_that_was_being_prepared_is_given_back_and_is_not_the_rigs_fault()
    {
        await using var station = await Station.StartAsync("exit 0");
        var preparing = Path.Combine(station.Root, "preparing");
        await station.RigAsync("exit 0", o => o with { Setup = ["sh", "-c", $"echo x >{preparing}; sleep 300"] });
        var run = await station.DispatchAsync();
        await Eventually.TrueAsync(() => File.Exists(preparing), Station.Patience, "its setup runs", Ct);
        await station.DownAsync(leave: true);
        await station.UpAsync();
        var failed = await station.SeenAsync<SessionStartFailed>(e => e.Session.Id == run.Session, "session.start-failed");
        Assert.Contains("restarted", failed.Session.Reason);
        Assert.Equal(StartFault.Town, failed.Fault);
        Assert.Equal(run.Token, (await station.ReleasedAsync()).Token);
    }

    [Fact]
    public async Task An_end_that_could_not_be_told_is_told_by_the_next_supervisor()
    {
        await using var station = await Station.StartAsync(Waiting);
        var run = await station.DispatchAsync();
        var session = await station.PrintedAsync(run, "started");
        station.Town.Unreachable = true;
        await File.WriteAllTextAsync(Path.Combine(session.Worktree!, "go"), "", Ct);
        await station.EndedAsync(run);
        await station.DownAsync(leave: true);
        station.Town.Unreachable = false;
        await station.UpAsync();
        Assert.Equal(CompletionOutcome.Completed, (await station.DoneAsync()).Outcome);
        // Once it is told, the secret it was told with is gone.
        await Eventually.TrueAsync(() => !File.Exists(Path.Combine(station.Root, "data", "sessions", run.Session.ToString(), "claim.json")), Station.Patience, "the token is forgotten", Ct);
    }

    [Fact]
    public async Task A_stop_asked_for_before_the_crash_still_holds()
    {
        await using var station = await Station.StartAsync("trap '' INT TERM; echo started; sleep 300", settings: [("Supervisor:InterruptSeconds", "30"), ("Supervisor:TerminateSeconds", "0")]);
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "started");
        using (var client = station.Client()) (await client.PostAsync($"/sessions/{run.Session}/stop", null, Ct)).EnsureSuccessStatusCode();
        await station.DownAsync(leave: true);
        Assert.NotEmpty(Station.Processes(run));
        await station.UpAsync(("Supervisor:InterruptSeconds", "0"));
        Assert.Contains("stopped by overseer", (await station.ReleasedAsync()).Reason);
        Assert.Empty(Station.Processes(run));
    }

    [Fact]
    public async Task A_stop_in_good_order_hands_everything_back()
    {
        await using var station = await Station.StartAsync("echo started; sleep 300");
        var (one, two) = (await station.DispatchAsync("nux"), await station.DispatchAsync("toast"));
        await station.PrintedAsync(one, "started");
        await station.PrintedAsync(two, "started");
        await station.DownAsync();
        Assert.Equal([one.Token, two.Token], station.Town.Releases.Select(r => r.Token!).Order());
        Assert.All(station.Town.Releases, r => Assert.False(r.Dead));
        Assert.Empty(Station.Processes(one));
        Assert.Empty(Station.Processes(two));
        await station.UpAsync();
        Assert.Equal(SessionState.Stopped, (await station.SessionAsync(one.Session)).State);
    }
}
