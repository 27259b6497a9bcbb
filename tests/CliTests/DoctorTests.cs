using System.Text.Json;
using ClaudeManage.Cli.Doctor;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.CliTests;

public sealed class DoctorTests : IDisposable
{
    readonly Cm _cm = new();
    string Data => Path.Combine(_cm.Home, ".claudemanage");

    public DoctorTests()
    {
        Directory.CreateDirectory(Data);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _cm.Town.On("GET", "/health/live", "{}")
            .On("GET", "/health/ready", new ReadyReport("healthy", new Dictionary<string, ReadyCheck> { ["work database"] = new("healthy", null) }))
            .On("GET", "/events/verify", new TrailVerification(true, 12, 12, "h", null))
            .On("POST", "/runtime/replay", new ReplayResult(12, 3, [], false))
            .On("GET", "/rigs", Sample.Page<RigSnapshot>())
            .On("GET", "/heartbeats", Sample.Page(new Heartbeat("deacon", Sample.Noon, null, false, null)))
            .On("GET", "/runtime/nodes", Sample.Nodes("node-1", "node-2"))
            .On("GET", "/sessions", Sample.Page<SessionSnapshot>());
        foreach (var service in TownClient.Services) _cm.Town.On("GET", $"/dead-letters/{service}", new DeadLetterList(service, 0, []));
    }

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task All_well_is_0_and_every_check_says_what_it_looked_at()
    {
        var result = await _cm.RunAsync("doctor", "--json");
        Assert.Equal(0, result.Code);
        var checks = JsonElement.Parse(result.Out).GetProperty("checks").EnumerateArray().ToList();
        Assert.Equal(["git", "data directory", "disk space", "token file", "config", "leftovers", "mirrors", "worktrees", "town", "ready: work database", "clock", "trail", "replay", "leases", "heartbeats", "dead letters", "orphans"], checks.Select(c => c.GetProperty("name").GetString()));
        Assert.All(checks, c => Assert.NotEqual("", c.GetProperty("looked").GetString()));
        Assert.DoesNotContain(checks, c => c.GetProperty("verdict").GetString() == "failed");
    }

    [Fact]
    public async Task Dead_letters_are_mentioned()
    {
        _cm.Town.On("GET", "/dead-letters/hook", DeadLetterTests.List("hook"));
        _cm.Town.On("GET", "/dead-letters/supervisor", asked => FakeTown.Json(asked.Query == "?node=node-2" ? DeadLetterTests.List("supervisor") : new DeadLetterList("supervisor", 0, [])));
        var result = await _cm.RunAsync("doctor");
        Assert.Equal(0, result.Code);
        Assert.Contains("supervisor@node-2 2: Boom: # times", result.Plain);
        Assert.Contains("hook 2: Boom: # times", result.Plain);
        Assert.Contains("cm dead-letters list", result.Plain);
    }

    [Fact]
    public async Task A_broken_trail_fails()
    {
        _cm.Town.On("GET", "/events/verify", new TrailVerification(false, 4, 12, "h", new TrailProblem(5, "Its content is not what was recorded.")));
        await FailsAsync("trail", "broken at 5");
    }

    [Fact]
    public async Task A_difference_in_replay_fails()
    {
        _cm.Town.On("POST", "/runtime/replay", new ReplayResult(12, 3, [new ReplayDifference("sh-x7k2m", "differs", "state")], false));
        await FailsAsync("replay", "sh-x7k2m");
    }

    [Fact]
    public async Task A_service_that_is_not_ready_fails()
    {
        _cm.Town.On("GET", "/health/ready", _ => FakeTown.Json(new ReadyReport("unhealthy", new Dictionary<string, ReadyCheck> { ["bus"] = new("unhealthy", "no broker") }), 503));
        await FailsAsync("bus", "no broker");
    }

    [Fact]
    public async Task A_town_that_does_not_answer_fails_and_is_not_asked_further()
    {
        _cm.Town.Gone = true;
        await FailsAsync("town", "does not answer");
    }

    [Fact]
    public async Task A_token_that_others_can_read_fails()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = Path.Combine(Data, "overseer.token");
        File.WriteAllText(path, "t");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await FailsAsync("token file", "mode 604");
    }

    [Fact]
    public async Task A_clock_that_is_off_fails()
    {
        _cm.Town.On("GET", "/health/live", _ =>
        {
            var answer = FakeTown.Json("{}");
            answer.Headers.Date = TimeProvider.System.GetUtcNow().AddMinutes(-3);
            return answer;
        });
        await FailsAsync("clock", "away from the town's");
    }

    [Fact]
    public async Task A_lease_over_its_time_fails()
    {
        var rig = new RigSnapshot("shop", "sh", null, null, RigState.Active, new RigSettings(), Sample.Noon, Sample.Noon, 1);
        var old = Sample.Assignment() with { LeaseUntil = TimeProvider.System.GetUtcNow().AddMinutes(-10) };
        _cm.Town.On("GET", "/rigs", Sample.Page(rig)).On("GET", "/rigs/shop/queue", new RigQueue("shop", [], [new AgentQueue("shop/crew/ada", old, [], [])], [], new MergeQueueLink(null, null, "")));
        await FailsAsync("leases", "sh-x7k2m of shop/crew/ada");
    }

    [Fact]
    public async Task A_process_of_a_session_that_is_over_is_an_orphan_and_one_of_another_town_is_not()
    {
        var (over, live, foreign) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var session = new SessionSnapshot(over, "n", "shop/polecats/nux", "shop", "sh-x7k2m", Guid.NewGuid(), 1, SessionState.Exited, 1, 1, 0, null, null, 0, null, null, Sample.Noon, Sample.Noon, Sample.Noon);
        _cm.Town.On("GET", "/sessions", Sample.Page(session with { Id = live, EndedAt = null })).On("GET", $"/sessions/{over}", session);
        foreach (var (pid, mark) in ((int, Guid)[])[(71, over), (72, live), (73, foreign)])
        {
            var directory = Directory.CreateDirectory(Path.Combine(_cm.Home, "proc", $"{pid}"));
            File.WriteAllText(Path.Combine(directory.FullName, "environ"), $"A=1\0CLAUDEMANAGE_SESSION={mark}\0B=2\0");
        }
        using var client = new TownClient(new Uri("http://town.test"), null, _cm.Town);
        var finding = await OrphanCheck.RunAsync(client, Path.Combine(_cm.Home, "proc"), TestContext.Current.CancellationToken);
        Assert.Equal(Verdict.Failed, finding.Verdict);
        Assert.Equal($"pid 71 of session {over}", finding.Found);
    }

    [Fact]
    public async Task Somebody_who_is_late_fails()
    {
        _cm.Town.On("GET", "/heartbeats", Sample.Page(new Heartbeat("deacon", Sample.Noon, Sample.Noon, true, null), new Heartbeat("boot", Sample.Noon, null, false, null)));
        await FailsAsync("heartbeats", "late: deacon");
    }

    [Fact]
    public async Task A_dry_run_says_what_fix_would_do_and_does_nothing()
    {
        if (OperatingSystem.IsWindows()) return;
        var token = Token(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var result = await _cm.RunAsync("doctor", "--offline", "--dry-run");
        Assert.Equal(1, result.Code);
        Assert.Contains(result.Lines, l => l.StartsWith("would", StringComparison.Ordinal) && l.Contains($"sets the mode of {token} to 600", StringComparison.Ordinal));
        Assert.Equal("604", Mode(token));
        Assert.Equal(4, (await _cm.RunAsync("doctor", "--undo")).Code);
    }

    [Fact]
    public async Task Fix_repairs_checks_again_and_is_taken_back_once()
    {
        if (OperatingSystem.IsWindows()) return;
        var (token, left) = (Token(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead), Path.Combine(Data, "town.url"));
        File.WriteAllText(left, "http://127.0.0.1:1");
        File.SetUnixFileMode(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        var result = await _cm.RunAsync("doctor", "--offline", "--fix");
        Assert.Equal(0, result.Code);
        Assert.Equal(("600", "700", false), (Mode(token), Mode(Data), File.Exists(left)));
        Assert.Contains(result.Lines, l => l.StartsWith("ok    token file", StringComparison.Ordinal));

        Assert.Equal(0, (await _cm.RunAsync("doctor", "--undo")).Code);
        Assert.Equal(("604", "740", "http://127.0.0.1:1"), (Mode(token), Mode(Data), File.ReadAllText(left)));
        Assert.Equal(4, (await _cm.RunAsync("doctor", "--undo")).Code);
        Assert.Equal(2, (await _cm.RunAsync("doctor", "--fix", "--undo")).Code);
    }

    [Fact]
    public async Task Locks_that_git_left_behind_are_moved_aside_and_a_lost_worktree_is_forgotten()
    {
        var mirror = Path.Combine(Data, "mirrors", "shop.git");
        var source = Directory.CreateDirectory(Path.Combine(_cm.Home, "source")).FullName;
        await Checkout.MakeAsync(source);
        Directory.CreateDirectory(Path.GetDirectoryName(mirror)!);
        await Checkout.GitAsync(_cm.Home, "clone", "-q", "--bare", source, mirror);
        var worktree = Path.Combine(Data, "worktrees", "shop", "nux");
        await Checkout.GitAsync(mirror, "worktree", "add", "-q", "--detach", worktree);
        Directory.Delete(worktree, recursive: true);
        var (old, young) = (Path.Combine(mirror, "packed-refs.lock"), Path.Combine(mirror, "config.lock"));
        foreach (var file in new[] { old, young }) File.WriteAllText(file, "");
        File.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);

        var dry = await _cm.RunAsync("doctor", "--offline");
        Assert.Equal(1, dry.Code);
        Assert.Contains(dry.Lines, l => l.StartsWith("FAIL  mirrors", StringComparison.Ordinal) && l.Contains("packed-refs.lock", StringComparison.Ordinal) && !l.Contains("config.lock", StringComparison.Ordinal));
        Assert.Contains(dry.Lines, l => l.StartsWith("note  worktrees", StringComparison.Ordinal) && l.Contains(worktree, StringComparison.Ordinal));
        Assert.Equal(0, (await _cm.RunAsync("doctor", "--offline", "--fix")).Code);
        Assert.Equal((false, true), (File.Exists(old), File.Exists(young)));
        Assert.DoesNotContain(worktree, await Checkout.GitAsync(mirror, "worktree", "list"));
        await _cm.RunAsync("doctor", "--undo");
        Assert.True(File.Exists(old));
    }

    [Fact]
    public async Task A_mirror_that_is_no_repository_fails_and_is_left_alone()
    {
        var mirror = Directory.CreateDirectory(Path.Combine(Data, "mirrors", "shop.git")).FullName;
        var result = await _cm.RunAsync("doctor", "--offline", "--fix");
        Assert.Equal(1, result.Code);
        Assert.Contains(result.Lines, l => l.StartsWith("FAIL  mirrors", StringComparison.Ordinal));
        Assert.True(Directory.Exists(mirror));
    }

    [Fact]
    public async Task Fix_has_stale_leases_taken_back_by_the_town()
    {
        var rig = new RigSnapshot("shop", "sh", null, null, RigState.Active, new RigSettings(), Sample.Noon, Sample.Noon, 1);
        RigQueue Queue(AssignmentSnapshot? leased) => new("shop", [], leased is null ? [] : [new AgentQueue("shop/crew/ada", leased, [], [])], [], new MergeQueueLink(null, null, ""));
        _cm.Town.On("GET", "/rigs", Sample.Page(rig)).On("GET", "/rigs/shop/queue", Queue(Sample.Assignment() with { LeaseUntil = TimeProvider.System.GetUtcNow().AddMinutes(-10) }))
            .On("POST", "/runtime/reconcile", _ =>
            {
                _cm.Town.On("GET", "/rigs/shop/queue", Queue(null));
                return FakeTown.Json(new ReconcileResult(new Dictionary<string, int>(), []));
            });
        var result = await _cm.RunAsync("doctor", "--fix");
        Assert.Equal(0, result.Code);
        Assert.Contains(result.Lines, l => l.StartsWith("done", StringComparison.Ordinal) && l.Contains("reconcile", StringComparison.Ordinal) && l.Contains("cannot be taken back", StringComparison.Ordinal));
    }

    string Token(UnixFileMode mode)
    {
        var path = Path.Combine(Data, "overseer.token");
        File.WriteAllText(path, "t");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
        return path;
    }

    static string Mode(string path) => OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(path), 8);

    async Task FailsAsync(string name, string found)
    {
        var result = await _cm.RunAsync("doctor");
        Assert.Equal(1, result.Code);
        var line = Assert.Single(result.Lines, l => l.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.Contains(name, line);
        Assert.Contains(found, line);
    }
}
