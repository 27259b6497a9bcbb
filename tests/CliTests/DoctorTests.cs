using System.Text.Json;
using ClaudeManage.Cli.Doctor;
using ClaudeManage.Client;
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
        Assert.Equal(["git", "data directory", "disk space", "token file", "town", "ready: work database", "clock", "trail", "replay", "leases", "dead letters", "orphans"], checks.Select(c => c.GetProperty("name").GetString()));
        Assert.All(checks, c => Assert.NotEqual("", c.GetProperty("looked").GetString()));
        Assert.DoesNotContain(checks, c => c.GetProperty("verdict").GetString() == "failed");
    }

    [Fact]
    public async Task Dead_letters_are_mentioned()
    {
        _cm.Town.On("GET", "/dead-letters/hook", DeadLetterTests.List("hook"));
        var result = await _cm.RunAsync("doctor");
        Assert.Equal(0, result.Code);
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

    async Task FailsAsync(string name, string found)
    {
        var result = await _cm.RunAsync("doctor");
        Assert.Equal(1, result.Code);
        var line = Assert.Single(result.Lines, l => l.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.Contains(name, line);
        Assert.Contains(found, line);
    }
}
