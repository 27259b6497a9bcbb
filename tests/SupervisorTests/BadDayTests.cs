using System.Diagnostics;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.SupervisorTests;

/// <summary>Agents and repositories that behave badly. Afterwards nothing of a session runs, nothing it made is lost, and the town knows.</summary>
public sealed class BadDayTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_that_prints_200_MB_is_stopped_and_its_transcript_is_cut()
    {
        const long limit = 1 << 20;
        await using var station = await Station.StartAsync("head -c 200000000 /dev/zero | tr '\\0' 'x'; sleep 60", o => o with { MaxOutputBytes = limit });
        var run = await station.DispatchAsync();
        var done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Failed, done.Outcome);
        Assert.Contains("printed more than", done.Reason);
        var session = await station.EndedAsync(run);
        Assert.Equal(SessionState.Stopped, session.State);
        Assert.InRange(session.OutputBytes, limit, limit + 200);
        Assert.EndsWith($"[… output over {limit} bytes left out …]\n", await station.OutputAsync(run, limit));
        Assert.Empty(Station.Processes(run));
    }

    [Fact]
    public async Task Children_that_outlive_their_agent_are_found_and_ended()
    {
        await using var station = await Station.StartAsync("sleep 300 & setsid sleep 300 & (setsid nohup sleep 300 >/dev/null 2>&1 &) ; sleep 0.2; exit 3");
        var run = await station.DispatchAsync();
        await station.DoneAsync();
        Assert.Empty(Station.Processes(run));
    }

    [Fact]
    public async Task An_agent_that_ignores_every_polite_signal_is_killed()
    {
        await using var station = await Station.StartAsync("trap '' INT TERM HUP; echo deaf; while :; do sleep 1; done");
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "deaf");
        using var client = station.Client();
        (await client.PostAsJsonAsync($"/sessions/{run.Session}/stop", new WithReason("enough"), Ct)).EnsureSuccessStatusCode();
        var released = await station.ReleasedAsync();
        Assert.Contains("stopped by overseer: enough", released.Reason);
        Assert.False(released.Dead);
        Assert.Empty(Station.Processes(run));
        await station.SeenAsync<SessionStopped>(e => e.Session.Id == run.Session && e.Session.State == SessionState.Stopped, "session.stopped");
    }

    [Fact]
    public async Task An_emergency_stop_overtakes_an_ending_that_is_under_way()
    {
        await using var station = await Station.StartAsync("trap '' INT TERM HUP; echo new >made; echo deaf; while :; do sleep 1; done", null, ("Supervisor:InterruptSeconds", "300"));
        var run = await station.DispatchAsync();
        await station.PrintedAsync(run, "deaf");
        using var client = station.Client();
        (await client.PostAsJsonAsync($"/sessions/{run.Session}/stop", new WithReason("enough"), Ct)).EnsureSuccessStatusCode();
        await station.Host.PublishAsync(new EmergencyStopOrdered(station.Header(EmergencyStopOrdered.Type), "rig:other", null), Ct);
        await station.Host.IdleAsync(Ct);
        Assert.NotEmpty(Station.Processes(run));
        await station.Host.PublishAsync(new EmergencyStopOrdered(station.Header(EmergencyStopOrdered.Type), "convoy:hq-cv-1", "smoke"), Ct);
        Assert.False((await station.ReleasedAsync()).Dead);
        Assert.Empty(Station.Processes(run));
        Assert.Equal("new", station.Sh(Path.Combine(station.Root, "data", "mirrors", "shop.git"), $"git show refs/cm/checkpoints/{run.Item.Id}/1/1:made"));
    }

    [Fact]
    public async Task An_emergency_stop_waits_for_no_acceptance_command()
    {
        await using var station = await Station.StartAsync("echo x >made; git add -A; git commit -qm made");
        var run = await station.DispatchAsync(change: i => i with { Acceptance = [new AcceptanceCriterion("never ends", ["sh", "-c", "sleep 307"])] });
        await Eventually.TrueAsync(() => Station.Processes(run).Any(p => File.ReadAllText($"/proc/{p}/cmdline").Contains("307", StringComparison.Ordinal)), Station.Patience, "the acceptance command runs", Ct);
        await station.Host.PublishAsync(new EmergencyStopOrdered(station.Header(EmergencyStopOrdered.Type), "town", "smoke"), Ct);
        await station.ReleasedAsync();
        Assert.Empty(Station.Processes(run));
        Assert.Empty(station.Town.Dones);
    }

    [Fact]
    public async Task A_deleted_worktree_loses_no_commit_and_is_made_again()
    {
        await using var station = await Station.StartAsync("""echo x >made && git add -A && git commit -qm made && rm -rf "$PWD" """);
        var run = await station.DispatchAsync();
        var done = await station.DoneAsync();
        Assert.Equal((CompletionOutcome.Completed, run.Branch), (done.Outcome, done.Branch));
        Assert.Equal("x", station.Sh(station.Origin, $"git show {run.Branch}:made"));
        var again = await station.DispatchAsync();
        Assert.Equal(again.Branch, (await station.DoneAsync()).Branch);
    }

    [Fact]
    public async Task When_the_leader_is_killed_its_agent_does_not_go_on_alone()
    {
        await using var station = await Station.StartAsync("echo precious >unsaved; echo started; sleep 300");
        var run = await station.DispatchAsync();
        var session = await station.PrintedAsync(run, "started");
        Process.GetProcessById(session.Pid!.Value).Kill();
        var done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Failed, done.Outcome);
        Assert.Contains("signal 9", done.Reason);
        Assert.Empty(Station.Processes(run));
        await station.SeenAsync<CheckpointSaved>(e => e.Session.Id == run.Session, "its work is saved");
    }

    [Fact]
    public async Task A_sleeping_agent_whose_lease_is_gone_is_ended_and_its_neighbour_keeps_its_own()
    {
        await using var station = await Station.StartAsync("echo precious >unsaved; echo $$ started; sleep 300");
        var (paused, neighbour) = (await station.DispatchAsync("nux"), await station.DispatchAsync("toast"));
        var session = await station.PrintedAsync(paused, "started");
        await station.PrintedAsync(neighbour, "started");
        station.Sh("/", $"kill -STOP -{session.Pid}");
        station.Town.TakeBack(paused.Token);
        session = await station.EndedAsync(paused);
        Assert.Equal(SessionState.Stopped, session.State);
        Assert.Contains("lease is lost", session.Reason);
        Assert.Empty(Station.Processes(paused));
        // Nothing is said in the name of a lease that is somebody else's.
        Assert.DoesNotContain(station.Town.Dones, d => d.LeaseToken == paused.Token);
        Assert.Empty(station.Town.Releases);

        var before = station.Town.Renewals[neighbour.Token];
        await Eventually.TrueAsync(() => station.Town.Renewals[neighbour.Token] > before + 1, Station.Patience, "the neighbour's lease is renewed on", Ct);
        Assert.Equal(SessionState.Running, (await station.SessionAsync(neighbour.Session)).State);
    }

    [Fact]
    public async Task Unsaved_work_is_saved_while_the_agent_runs_and_can_be_brought_back()
    {
        await using var station = await Station.StartAsync("echo committed >a; git add a; git commit -qm a; echo precious >unsaved; echo started; sleep 300", settings: ("Supervisor:CheckpointSeconds", "1"));
        var run = await station.DispatchAsync();
        var saved = await station.SeenAsync<CheckpointSaved>(e => e.Session.Id == run.Session, "a checkpoint while it runs");
        await station.DownAsync();
        Assert.Contains("Its node was stopped", (await station.ReleasedAsync()).Reason);
        Assert.Empty(Station.Processes(run));

        var mirror = new Mirror(Path.Combine(station.Root, "data", "mirrors", "shop.git"), station.Origin, new GitRunner(new ProcessRunner()));
        var worktree = Path.Combine(station.Root, "data", "worktrees", "shop", "polecats", "nux");
        station.Sh(worktree, "git checkout -q --detach origin/main && git clean -fdq && test ! -e unsaved");
        await new Checkpoints(mirror).RestoreAsync(saved.Ref, worktree, new CheckpointKey(run.Item.Id, run.Fence), Ct);
        Assert.Equal("precious", (await File.ReadAllTextAsync(Path.Combine(worktree, "unsaved"), Ct)).Trim());
        Assert.Equal("committed", (await File.ReadAllTextAsync(Path.Combine(worktree, "a"), Ct)).Trim());
    }

    [Fact]
    public async Task The_next_owner_of_a_worktree_does_not_destroy_what_is_in_it()
    {
        await using var station = await Station.StartAsync("echo precious >unsaved; exit 3");
        var first = await station.DispatchAsync();
        await station.EndedAsync(first);
        var saved = await station.SeenAsync<CheckpointSaved>(e => e.Session.Id == first.Session, "a checkpoint at its end");
        await station.RigAsync("test ! -e unsaved && exit 4; exit 5");
        var second = await station.DispatchAsync();
        Assert.Equal(4, (await station.EndedAsync(second)).ExitCode);
        Assert.Equal("precious", station.Sh(Path.Combine(station.Root, "data", "mirrors", "shop.git"), $"git show {saved.Commit}:unsaved"));
    }

    [Fact]
    public async Task A_retired_agents_worktree_goes_and_what_is_in_it_stays()
    {
        await using var station = await Station.StartAsync("echo precious >unsaved; exit 3");
        var run = await station.DispatchAsync();
        var worktree = (await station.EndedAsync(run)).Worktree!;
        Assert.True(File.Exists(Path.Combine(worktree, "unsaved")));
        await station.Host.PublishAsync(new AgentRetired(station.Header(AgentRetired.Type),
            new(run.Agent, "polecats", "shop", null, null, AgentState.Retired, null, null, [], default, default(DateTimeOffset), 3)), Ct);
        await Eventually.TrueAsync(() => !Directory.Exists(worktree), Station.Patience, "the worktree goes", Ct);
        var mirror = Path.Combine(station.Root, "data", "mirrors", "shop.git");
        Assert.Equal("precious", station.Sh(mirror, $"git show refs/cm/checkpoints/{run.Item.Id}/1/1:unsaved"));
        // Somebody else under that name begins anew.
        await station.EndedAsync(await station.DispatchAsync());
    }

    [Theory]
    [InlineData("gone", "does not exist|not appear to be a git repository|Could not read")]
    [InlineData("empty", "no branch main")]
    public async Task Without_a_usable_repository_the_lease_is_given_back_with_the_reason(string kind, string words)
    {
        await using var station = await Station.StartAsync("exit 0");
        var path = Path.Combine(station.Root, "other.git");
        if (kind == "empty") station.Sh(station.Root, $"git init -q --bare -b main {path}");
        await station.RigAsync("exit 0", gitUrl: path);
        var run = await station.DispatchAsync();
        var failed = await station.SeenAsync<SessionStartFailed>(e => e.Session.Id == run.Session, "session.start-failed");
        Assert.Matches(words, failed.Session.Reason);
        Assert.Equal(StartFault.Rig, failed.Fault);
        Assert.Equal(run.Token, (await station.ReleasedAsync()).Token);
    }

    [Theory]
    [InlineData("-d")]
    [InlineData("--upload-pack=touch owned")]
    [InlineData("../main")]
    public async Task A_base_branch_named_like_an_option_is_refused_before_anything_runs(string branch)
    {
        await using var station = await Station.StartAsync("exit 0");
        station.Sh(station.Origin, "git update-ref refs/heads/-d main && git update-ref 'refs/heads/--upload-pack=x' main");
        var run = await station.DispatchAsync(assignment: a => a with { BaseBranch = branch });
        Assert.Contains(branch, (await station.SeenAsync<SessionStartFailed>(e => e.Session.Id == run.Session, "session.start-failed")).Session.Reason);
        Assert.Equal(run.Token, (await station.ReleasedAsync()).Token);
        // The branches of that kind in the repository are in nobody's way.
        await station.RigAsync("echo x >made; git add made; git commit -qm made");
        await station.DispatchAsync();
        Assert.Equal(CompletionOutcome.Completed, (await station.DoneAsync()).Outcome);
    }

    [Fact]
    public async Task An_origin_whose_hooks_refuse_makes_it_a_failed_attempt_with_their_words_and_keeps_the_commit()
    {
        await using var station = await Station.StartAsync("echo x >made; git add made; git commit -qm made");
        station.Sh(station.Origin, "printf '#!/bin/sh\necho not on a friday >&2\nexit 1\n' >hooks/pre-receive && chmod +x hooks/pre-receive");
        var run = await station.DispatchAsync();
        var done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Failed, done.Outcome);
        Assert.Contains("not on a friday", done.Reason);
        Assert.Equal("x", station.Sh(Path.Combine(station.Root, "data", "mirrors", "shop.git"), $"git show {run.Branch}:made"));
    }

    [Fact]
    public async Task Hooks_of_the_repository_and_of_an_earlier_agent_do_not_run_in_the_hands_of_the_supervisor()
    {
        await using var station = await Station.StartAsync("""
            hooks=$(git rev-parse --git-common-dir)/hooks
            mkdir -p "$hooks"
            for name in post-checkout reference-transaction pre-push post-index-change; do
              printf '#!/bin/sh\necho %s >>"%s.ran"\nexit 1\n' $name "$CM_PROMPT_FILE" >"$hooks/$name"
              chmod +x "$hooks/$name"
            done
            echo precious >unsaved
            exit 3
            """);
        var first = await station.DispatchAsync();
        Assert.Equal(CompletionOutcome.Failed, (await station.DoneAsync()).Outcome);
        await station.RigAsync("test ! -e unsaved && rm -f $(git rev-parse --git-common-dir)/hooks/* && echo x >made && git add made && git commit -qm made");
        var second = await station.DispatchAsync();
        Assert.Equal(CompletionOutcome.Completed, (await station.DoneAsync()).Outcome);
        Assert.Equal("x", station.Sh(station.Origin, $"git show {second.Branch}:made"));
        Assert.False(File.Exists(Path.Combine(station.Root, "data", "sessions", first.Session.ToString(), "prompt.md.ran")));
    }

    [Theory]
    [InlineData(null, "no-such-program", "no such program")]
    [InlineData("false", null, "setup command")]
    public async Task A_program_that_cannot_start_is_a_failed_start(string? setup, string? command, string words)
    {
        await using var station = await Station.StartAsync("exit 0", o => o with { Setup = setup is null ? null : [setup], Command = command is null ? o.Command : [command] });
        var run = await station.DispatchAsync();
        var session = await station.EndedAsync(run);
        Assert.Equal(SessionState.StartFailed, session.State);
        Assert.Contains(words, session.Reason);
        await station.ReleasedAsync();
    }

    [Fact]
    public async Task Where_no_file_can_be_written_the_lease_goes_back_at_once()
    {
        await using var station = await Station.StartAsync("exit 0");
        await File.WriteAllTextAsync(Path.Combine(station.Root, "data", "sessions"), "in the way", Ct);
        var run = await station.DispatchAsync();
        Assert.Equal(run.Token, (await station.ReleasedAsync()).Token);
        Assert.Contains("cannot be written", (await station.SeenAsync<SessionStartFailed>(e => e.Session.Id == run.Session, "session.start-failed")).Session.Reason);
    }

    [Fact]
    public async Task A_claim_that_is_refused_starts_nothing()
    {
        await using var station = await Station.StartAsync("exit 0");
        var run = await station.DispatchAsync(offer: false);
        var failed = await station.SeenAsync<SessionStartFailed>(e => e.Session.Id == run.Session, "session.start-failed");
        Assert.Contains("not to be claimed", failed.Session.Reason);
        Assert.Equal(StartFault.Town, failed.Fault);
        Assert.Equal(["claim"], station.Town.Calls);
    }

    [Fact]
    public async Task A_session_that_runs_too_long_is_handed_off_once_and_then_failed()
    {
        await using var station = await Station.StartAsync("echo half >work; git add -A; git commit -qm half; sleep 300", o => o with { MaxWallSeconds = 4 });
        var first = await station.DispatchAsync();
        var handoff = await station.HandedOffAsync();
        Assert.StartsWith("wall time limit", handoff.Reason);
        Assert.Equal(first.Branch, handoff.Branch);
        var context = new HandoffSnapshot(Guid.NewGuid(), HandoffState.Accepted, first.Item.Id, first.Assignment, first.Agent, first.Agent, handoff.Reason, new(), handoff.Branch, handoff.Commit, default, null, null, null);
        await station.DispatchAsync("nux", first.Item.Id, 2, assignment: a => a with { BaseBranch = first.Branch }, handoff: context);
        Assert.Contains("wall time limit", (await station.DoneAsync()).Reason);
    }

    [Fact]
    public async Task While_the_town_is_silent_the_end_is_kept_and_told_later()
    {
        await using var station = await Station.StartAsync("echo started; while [ ! -f go ]; do sleep 0.05; done; echo x >made; git add made; git commit -qm made");
        var run = await station.DispatchAsync();
        var session = await station.PrintedAsync(run, "started");
        station.Town.Unreachable = true;
        await File.WriteAllTextAsync(Path.Combine(session.Worktree!, "go"), "", Ct);
        await station.EndedAsync(run);
        Assert.Empty(station.Town.Dones);
        station.Town.Unreachable = false;
        Assert.Equal(CompletionOutcome.Completed, (await station.DoneAsync()).Outcome);
        Assert.Empty(station.Town.Dones);
    }

    [Fact]
    public async Task Evidence_the_town_misses_makes_it_a_failed_attempt_with_the_towns_words()
    {
        await using var station = await Station.StartAsync("echo x >made; git add made; git commit -qm made; echo done");
        // Only the town knows what it wants to see; a failed attempt needs no evidence.
        station.Town.Refuse = d => d.Outcome == CompletionOutcome.Completed
            ? Microsoft.AspNetCore.Http.Results.Json(new { code = "evidence-missing", detail = "where is the report?" }, statusCode: 422) : null;
        await station.DispatchAsync();
        var done = await station.DoneAsync();
        Assert.Equal(CompletionOutcome.Failed, done.Outcome);
        Assert.Contains("where is the report?", done.Reason);
        Assert.Empty(station.Town.Dones);
    }

    [Fact]
    public async Task A_closed_item_ends_its_session_and_a_trashed_one_too()
    {
        await using var station = await Station.StartAsync("echo started; sleep 300");
        var (closed, trashed, other) = (await station.DispatchAsync("nux"), await station.DispatchAsync("toast"), await station.DispatchAsync("rust"));
        foreach (var run in new[] { closed, trashed, other }) await station.PrintedAsync(run, "started");
        await station.Host.PublishAsync(new WorkItemClosed(station.Header(WorkItemClosed.Type), closed.Item with { State = WorkItemState.Closed, Outcome = new(OutcomeKind.Cancelled, null, "overseer") }), Ct);
        await station.Host.PublishAsync(new WorkItemTrashed(station.Header(WorkItemTrashed.Type), trashed.Item), Ct);
        Assert.Contains("closed (cancelled)", (await station.EndedAsync(closed)).Reason);
        Assert.Contains("trash", (await station.EndedAsync(trashed)).Reason);
        Assert.Equal(SessionState.Running, (await station.SessionAsync(other.Session)).State);
        // A stop meant for another spawn ends nothing.
        await station.Host.PublishAsync(new StopSession(closed.Session, Station.Node, "late", false, "overseer"), Ct);
        await station.Host.IdleAsync(Ct);
        Assert.Equal(SessionState.Running, (await station.SessionAsync(other.Session)).State);
        await station.Host.PublishAsync(new StopSession(other.Session, Station.Node, "for you", true, "overseer"), Ct);
        Assert.Equal("for you", (await station.HandedOffAsync()).Reason);
    }
}
