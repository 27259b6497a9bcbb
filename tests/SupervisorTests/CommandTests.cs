using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.SupervisorTests;

/// <summary>A workflow step's command in an agent's place: what it is given, how its end is told, and what a restart makes of it.</summary>
public sealed class CommandTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<Run> RunAsync(Station station, string script, int? timeout = null, MergeStrategy merge = MergeStrategy.None, Func<WorkItemSnapshot, WorkItemSnapshot>? change = null) =>
        station.DispatchAsync(change: change, assignment: a => a with { Merge = merge, Run = new PlannedRun(["sh", "-c", script, "run"], timeout) });

    [Fact]
    public async Task It_runs_in_a_worktree_and_what_it_prints_last_is_its_output()
    {
        await using var station = await Station.StartAsync("echo the agent was started; exit 9");
        var run = await RunAsync(station, """cat; cat readme; echo "$CM_WORK_ITEM" >&2; echo '{"cm":"progress","message":"half"}'; echo '{"first":1}'; echo '{"found":["a","b"]}'; echo the end""");
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, """{"found":["a","b"]}"""), (done.Outcome, done.Output?.GetRawText()));
        Assert.Equal((null, run.Token), (done.Commit, done.LeaseToken));
        var output = await station.OutputAsync(run);
        Assert.Contains("hello", output);
        Assert.Contains(run.Item.Id, output);
        // Nothing of what the item says reaches it.
        Assert.DoesNotContain(run.Item.Title, output);
        Assert.DoesNotContain("the agent was started", output);
        Assert.Equal((SessionState.Exited, 0), ((await station.EndedAsync(run)).State, (await station.EndedAsync(run)).ExitCode));
    }

    [Theory]
    [InlineData("echo the last words; exit 3", "permanent", "the last words")]
    [InlineData("exit 75", "transient", "Exit code 75")]
    [InlineData("kill -9 $$", "permanent", "signal 9")]
    [InlineData("no-such-program", "permanent", "not found")]
    [InlineData("printf '[\"'; head -c 300000 /dev/zero | tr '\\0' x; echo '\"]'", "permanent", "at most 262144 are kept")]
    public async Task An_end_that_is_none_is_told_with_its_class(string script, string failureClass, string reason)
    {
        await using var station = await Station.StartAsync("exit 9");
        await RunAsync(station, script);
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Failed, failureClass), (done.Outcome, done.FailureClass));
        Assert.Contains(reason, done.Reason);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_the_command_s_own_failure_and_no_failed_start()
    {
        await using var station = await Station.StartAsync("exit 9");
        await station.DispatchAsync(assignment: a => a with { Merge = MergeStrategy.None, Run = new PlannedRun(["/no/such/program", "x"]) });
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Failed, "permanent"), (done.Outcome, done.FailureClass));
        Assert.Contains("Exit code 127", done.Reason);
        Assert.Empty(station.Host.Probe.Of<SessionStartFailed>());
    }

    [Fact]
    public async Task It_is_ended_when_its_time_is_over()
    {
        await using var station = await Station.StartAsync("exit 9");
        var run = await RunAsync(station, "echo begun; sleep 300", timeout: 1);
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Failed, "timeout"), (done.Outcome, done.FailureClass));
        Assert.Contains("begun", done.Reason);
        Assert.Empty(Station.Processes(run));
    }

    [Fact]
    public async Task What_it_prints_is_bounded()
    {
        await using var station = await Station.StartAsync("exit 9", r => r with { MaxOutputBytes = 10_000 });
        var run = await RunAsync(station, "while :; do echo 0123456789012345678901234567890123456789; done");
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Failed, "permanent"), (done.Outcome, done.FailureClass));
        Assert.InRange((await station.EndedAsync(run)).OutputBytes, 1, 11_000);
    }

    [Fact]
    public async Task What_it_commits_lands_like_an_agent_s_work_and_nothing_committed_is_no_change()
    {
        await using var station = await Station.StartAsync("exit 9");
        var run = await RunAsync(station, "echo x >made && git add made && git commit -qm 'made it'", merge: MergeStrategy.Merge);
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, run.Branch, station.Sh(station.Origin, $"git rev-parse {run.Branch}")), (done.Outcome, done.Branch, done.Commit));
        await RunAsync(station, "echo '{\"n\":1}'", merge: MergeStrategy.Merge);
        done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.NoChange, """{"n":1}"""), (done.Outcome, done.Output?.GetRawText()));
    }

    [Fact]
    public async Task What_the_setup_printed_is_not_its_output()
    {
        await using var station = await Station.StartAsync("exit 9", r => r with { Setup = ["sh", "-c", "echo '{\"of\":\"setup\"}'"] });
        var run = await RunAsync(station, "echo nothing to tell");
        Assert.Null((await station.DoneAsync()).Output);
        Assert.Contains("of", await station.OutputAsync(run));
    }

    [Fact]
    public async Task Whoever_asks_it_to_hand_over_stops_it_and_it_is_run_from_its_beginning()
    {
        await using var station = await Station.StartAsync("exit 9");
        var run = await RunAsync(station, "sleep 300");
        await station.RunningAsync(run);
        using (var client = station.Client()) (await client.PostAsync($"/sessions/{run.Session}/handoff", null, Ct)).EnsureSuccessStatusCode();
        Assert.False((await station.ReleasedAsync()).Dead);
        Assert.Empty(station.Town.Handoffs);
    }

    [Fact]
    public async Task Its_silence_is_no_stall_and_its_repetitions_no_loop()
    {
        await using var station = await Station.StartAsync("exit 9");
        var run = await RunAsync(station, "for i in 1 2 3 4 5 6 7 8 9; do echo same; done; sleep 300");
        await station.PrintedAsync(run, "same");
        var since = TimeProvider.System.GetUtcNow();
        await station.SeenAsync<NodeHeartbeat>(h => h.Sessions.Any(s => s.SessionId == run.Session && s.LastProgressAt > since.AddSeconds(2) && s.Repeats == 0), "it is told to be at work");
        Assert.DoesNotContain(station.Host.Probe.Of<NodeHeartbeat>().SelectMany(h => h.Sessions), s => s.SessionId == run.Session && s.Repeats > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_supervisor_that_comes_back_goes_on_with_it_and_runs_it_no_second_time(bool endsMeanwhile)
    {
        await using var station = await Station.StartAsync("exit 9");
        var go = Path.Combine(station.Root, "go");
        var run = await RunAsync(station, $"echo x >>{station.Root}/runs; echo begun; while [ ! -f {go} ]; do sleep 0.05; done; echo '{{\"n\":7}}'");
        await station.PrintedAsync(run, "begun");
        await station.DownAsync(leave: true);
        if (endsMeanwhile)
        {
            await File.WriteAllTextAsync(go, "", Ct);
            await Eventually.TrueAsync(() => Station.Processes(run).Count == 0, Station.Patience, "it ends", Ct);
        }
        await station.UpAsync();
        if (!endsMeanwhile)
        {
            await station.RunningAsync(run);
            await File.WriteAllTextAsync(go, "", Ct);
        }
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, """{"n":7}"""), (done.Outcome, done.Output?.GetRawText()));
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(station.Root, "runs"), Ct));
    }

    [Fact]
    public async Task A_lease_that_is_somebody_else_s_ends_it()
    {
        await using var station = await Station.StartAsync("exit 9");
        var run = await RunAsync(station, "echo begun; sleep 300");
        await station.PrintedAsync(run, "begun");
        station.Town.TakeBack(run.Token);
        Assert.Contains("lease is lost", (await station.EndedAsync(run)).Reason);
        Assert.Empty(Station.Processes(run));
        Assert.Empty(station.Town.Dones);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("done.\n", null)]
    [InlineData("42\n", "42")]
    [InlineData("42\ndone.\n", null)]
    [InlineData("{\"a\":1}\r\ndone.\n", "{\"a\":1}")]
    [InlineData("[1]\n{\"cm\":\"progress\",\"percent\":9}\n", "[1]")]
    [InlineData("[\n  {},\n  {}\n]\n", null)]
    [InlineData("{\"a\":1}\n{ not json\n", "{\"a\":1}")]
    public void The_output_is_the_last_line_of_json(string printed, string? output) => Assert.Equal(output, RunOutput.Find(printed).Value?.GetRawText());
}
