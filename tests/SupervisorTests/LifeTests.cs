using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.SupervisorTests;

/// <summary>A session from the command to the town's answer, and what its agent is given.</summary>
public sealed class LifeTests
{
    const string Commit = "git add -A && git commit -qm 'did it'";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_agent_commits_is_pushed_and_declared_done()
    {
        await using var station = await Station.StartAsync($"""
            cat >from-stdin; cmp from-stdin "$CM_PROMPT_FILE" || exit 9
            env | grep -E '^(CM_|GIT_)' | sort >environment
            {Commit}
            """);
        var run = await station.DispatchAsync();
        var done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Completed, done.Outcome);
        Assert.Equal((run.Branch, "did it", run.Token), (done.Branch, done.Summary, done.LeaseToken));
        Assert.Equal(done.Commit, station.Sh(station.Origin, $"git rev-parse {run.Branch}"));
        var environment = station.Sh(station.Origin, $"git show {run.Branch}:environment");
        foreach (var line in new[] { $"CM_URL={station.Town.Address.ToString().TrimEnd('/')}", "CM_TOKEN=session-token", $"CM_LEASE={run.Token}", "CM_AGENT=shop/polecats/nux", "CM_RIG=shop",
            $"CM_WORK_ITEM={run.Item.Id}", $"CM_BRANCH={run.Branch}", "CM_BASE=main", "CM_ATTEMPT=1", "GIT_AUTHOR_NAME=shop/polecats/nux", "GIT_COMMITTER_EMAIL=nux.polecats@shop.claudemanage.invalid" })
            Assert.Contains(line, environment.Split('\n'));
        var prompt = station.Sh(station.Origin, $"git show {run.Branch}:from-stdin");
        Assert.Contains(run.Item.Title, prompt);
        Assert.Contains(run.Item.Description!, prompt);
        // Nothing is started under a lease that was not renewed.
        Assert.Equal(["claim", "renew", "done"], station.Town.Calls.Distinct());

        var session = await station.EndedAsync(run);
        Assert.Equal((SessionState.Exited, 0), (session.State, session.ExitCode));
        await station.SeenAsync<SessionStarted>(e => e.Session.Id == run.Session && e.Session.Pid > 0, "session.started");
        await station.SeenAsync<SessionExited>(e => e.Session.Id == run.Session && e.Session.ExitCode == 0, "session.exited");
    }

    [Theory]
    [InlineData("exit 0", CompletionOutcome.Failed, "committed nothing")]
    [InlineData("""printf '{"reason":"it was right already"}' >"$CM_RESULT_FILE" """, CompletionOutcome.NoChange, "it was right already")]
    [InlineData("echo the last words; exit 3", CompletionOutcome.Failed, "the last words")]
    [InlineData("""printf '{"outcome":"blocked","reason":"no access"}' >"$CM_RESULT_FILE" """, CompletionOutcome.Blocked, "no access")]
    [InlineData("kill -9 $$", CompletionOutcome.Failed, "signal 9")]
    public async Task An_end_without_a_commit_is_reported_as_what_it_is(string agent, CompletionOutcome outcome, string reason)
    {
        await using var station = await Station.StartAsync(agent);
        var run = await station.DispatchAsync();
        var done = await station.DoneAsync();
        Assert.Equal(outcome, done.Outcome);
        Assert.Contains(reason, done.Reason);
        Assert.Null(done.Commit);
        await station.EndedAsync(run);
    }

    [Fact]
    public async Task Exit_75_hands_over_with_the_context_and_the_branch()
    {
        await using var station = await Station.StartAsync($$$"""
            echo half >work; {{{Commit}}}
            printf '{"reason":"context full","handoff":{"summary":"half is done","next":["the other half"]}}' >"$CM_RESULT_FILE"
            exit 75
            """);
        var run = await station.DispatchAsync();
        var handoff = await station.HandedOffAsync();
        Assert.Equal(("context full", "half is done"), (handoff.Reason, handoff.Context!.Summary));
        Assert.Equal(["the other half"], handoff.Context.Next!);
        Assert.Equal(handoff.Commit, station.Sh(station.Origin, $"git rev-parse {run.Branch}"));

        // Whoever goes on begins on that branch, is told, and need not add anything to be done.
        await station.RigAsync("grep -q 'the other half' && exit 0; exit 1");
        var context = new HandoffSnapshot(Guid.NewGuid(), HandoffState.Accepted, run.Item.Id, run.Assignment, run.Agent, run.Agent, handoff.Reason, handoff.Context, run.Branch, handoff.Commit, default, null, null, null);
        var next = await station.DispatchAsync("toast", run.Item.Id, 2, assignment: a => a with { BaseBranch = run.Branch }, handoff: context);
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, next.Branch, handoff.Commit), (done.Outcome, done.Branch, done.Commit));
    }

    [Fact]
    public async Task The_second_attempt_is_told_what_came_back_and_continues_the_branch()
    {
        await using var station = await Station.StartAsync($"echo one >work; {Commit}");
        var first = await station.DispatchAsync();
        await station.DoneAsync();
        await station.RigAsync($"grep -q 'the gate failed' || exit 4; test -f work || exit 5; echo two >>work; {Commit}");
        var second = await station.DispatchAsync("nux", first.Item.Id, 2, assignment: a => a with { BaseBranch = first.Branch, Feedback = "the gate failed" });
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, second.Branch), (done.Outcome, done.Branch));
        Assert.Equal("one\ntwo", station.Sh(station.Origin, $"git show {second.Branch}:work"));
    }

    [Fact]
    public async Task Acceptance_commands_decide_and_are_shown()
    {
        await using var station = await Station.StartAsync($"echo x >made; {Commit}");
        await station.DispatchAsync(change: i => i with { Acceptance = [new("made", ["test", "-f", "made"]), new("words only")] });
        var done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Completed, done.Outcome);
        Assert.Equal([(0, 0)], done.Acceptance!.Select(a => (a.Index, a.ExitCode)));
        await station.DispatchAsync(change: i => i with { Acceptance = [new("words only"), new("more", ["test", "-f", "missing"])] });
        done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Failed, done.Outcome);
        Assert.Contains("Acceptance command 1", done.Reason);
    }

    [Fact]
    public async Task A_worker_that_declared_it_done_itself_may_finish()
    {
        await using var station = await Station.StartAsync($"echo x >made; {Commit}; echo committed; while [ ! -f go ]; do sleep 0.05; done; echo bye");
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "committed");
        station.Town.Change(run.Assignment, a => a with
        {
            State = AssignmentState.Completed,
            Result = new(CompletionOutcome.Completed, WorkItemState.Submitted, null, null, run.Branch, null, null, null, run.Agent, run.Fence, default),
        });
        station.Town.TakeBack(run.Token);
        // The lease is over, the work is not: the merge queue is waiting for the branch.
        await Eventually.TrueAsync(() => station.Sh(station.Origin, "git branch").Contains(run.Branch, StringComparison.Ordinal), Station.Patience, "the branch is pushed", Ct);
        var session = await station.SessionAsync(run.Session);
        Assert.Equal(SessionState.Running, session.State);
        await File.WriteAllTextAsync(Path.Combine(session.Worktree!, "go"), "", Ct);
        session = await station.EndedAsync(run);
        Assert.Equal((SessionState.Exited, 0), (session.State, session.ExitCode));
        Assert.Empty(station.Town.Dones);
    }

    [Fact]
    public async Task One_agent_runs_one_session_at_a_time_in_the_same_worktree()
    {
        await using var station = await Station.StartAsync($"sleep 0.5; echo $CM_WORK_ITEM >made; {Commit}");
        var (first, second) = (await station.DispatchAsync("nux"), await station.DispatchAsync("nux"));
        var (one, two) = (await station.EndedAsync(first), await station.EndedAsync(second));
        Assert.Equal(one.Worktree, two.Worktree);
        Assert.True(two.StartedAt >= one.EndedAt, $"{two.StartedAt} < {one.EndedAt}");
        Assert.Equal([first.Branch, second.Branch], [(await station.DoneAsync()).Branch!, (await station.DoneAsync()).Branch!]);
    }

    [Fact]
    public async Task Sessions_of_one_agent_begin_in_the_order_in_which_they_were_asked_for()
    {
        await using var station = await Station.StartAsync($"echo $CM_WORK_ITEM >made; {Commit}");
        var runs = new List<Run>();
        for (var i = 0; i < 6; i++) runs.Add(await station.DispatchAsync("nux"));
        foreach (var run in runs) Assert.Equal(run.Branch, (await station.DoneAsync()).Branch);
    }

    [Fact]
    public async Task A_rig_without_a_repository_needs_no_branch()
    {
        await using var station = await Station.StartAsync("exit 1");
        await station.RigAsync("""test -z "$CM_BRANCH" && printf '{"summary":"called them"}' >"$CM_RESULT_FILE" """, gitUrl: "", branch: null);
        await station.DispatchAsync(assignment: a => a with { Merge = MergeStrategy.None, BaseBranch = null, Branch = null });
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, "called them", null), (done.Outcome, done.Summary, done.Commit));
    }
}
