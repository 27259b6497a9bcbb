using System.Text.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;

namespace ClaudeManage.CliTests;

/// <summary><c>cm work</c>: the worker's contract, with real processes.</summary>
public sealed class WorkTests : IDisposable
{
    static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    readonly Cm _cm = new();

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task The_program_gets_prompt_and_environment_and_its_commit_is_handed_in()
    {
        var before = await Checkout.MakeAsync(_cm.Directory);
        var result = await WorkAsync(Long, """
            cat > "$OUT.prompt"; env | grep ^CM_ > "$OUT.env"
            echo x > new.txt; git add -A; git -c user.name=A -c user.email=a@example.invalid commit -q -m "Do it"
            """);
        Assert.Equal(0, result.Code);
        Assert.Contains("Mind the old API", File.ReadAllText(Out + ".prompt"));
        var environment = File.ReadAllLines(Out + ".env").Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        Assert.Empty(((string[])["CM_AGENT", "CM_ATTEMPT", "CM_BASE", "CM_BRANCH", "CM_FENCE", "CM_LEASE", "CM_PROMPT_FILE", "CM_RESULT_FILE", "CM_RIG", "CM_TOKEN", "CM_URL", "CM_WORK_ITEM"]).Except(environment.Keys));
        Assert.Equal(("the-lease", "cm/sh-x7k2m/7", "main", "1"), (environment["CM_LEASE"], environment["CM_BRANCH"], environment["CM_BASE"], environment["CM_ATTEMPT"]));
        Assert.Equal("workers-own", environment["CM_TOKEN"]);
        var said = Done();
        Assert.Equal("completed", said.GetProperty("outcome").GetString());
        Assert.Equal("cm/sh-x7k2m/7", said.GetProperty("branch").GetString());
        Assert.Equal("Do it", said.GetProperty("summary").GetString());
        Assert.NotEqual(before, said.GetProperty("commit").GetString());
    }

    [Fact]
    public async Task A_workers_own_token_is_passed_on_when_it_may_make_none()
    {
        Prepare(Long, MergeStrategy.None);
        _cm.Town.Refuse("POST", "/tokens", 403, "forbidden", "No.");
        await _cm.RunAsync("work", "--hook", "shop/crew/ada", "--", "sh", "-c", $"echo $CM_TOKEN > '{Out}.token'");
        Assert.Equal("secret\n", File.ReadAllText(Out + ".token"));
    }

    [Fact]
    public async Task Push_puts_the_commit_on_the_leases_branch()
    {
        var origin = Directory.CreateTempSubdirectory("cm-origin-").FullName;
        try
        {
            await Checkout.GitAsync(origin, "init", "-q", "--bare");
            await Checkout.MakeAsync(_cm.Directory);
            await Checkout.GitAsync(_cm.Directory, "remote", "add", "origin", origin);
            var result = await WorkAsync(Long, "echo x > new.txt; git add -A; git -c user.name=A -c user.email=a@example.invalid commit -q -m 'Do it'", "--push");
            Assert.Equal(0, result.Code);
            Assert.Equal(Done().GetProperty("commit").GetString(), await Checkout.GitAsync(origin, "rev-parse", "refs/heads/cm/sh-x7k2m/7"));
        }
        finally { Directory.Delete(origin, recursive: true); }
    }

    [Fact]
    public async Task Exit_0_without_a_commit_is_failed_unless_a_reason_was_written()
    {
        await Checkout.MakeAsync(_cm.Directory);
        Assert.Equal(1, (await WorkAsync(Long, "exit 0")).Code);
        Assert.Equal("failed", Done().GetProperty("outcome").GetString());
        Assert.Equal(0, (await WorkAsync(Long, """echo '{"reason":"fixed already"}' > "$CM_RESULT_FILE" """)).Code);
        Assert.Equal(("no_change", "fixed already"), (Done().GetProperty("outcome").GetString(), Done().GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Without_a_repository_exit_0_is_done()
    {
        Assert.Equal(0, (await WorkAsync(Long, "exit 0", merge: MergeStrategy.None)).Code);
        Assert.Equal("completed", Done().GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Exit_75_hands_over_with_what_was_written()
    {
        var result = await WorkAsync(Long, """echo '{"reason":"full","handoff":{"summary":"half","next":["the rest"]}}' > "$CM_RESULT_FILE"; exit 75""");
        Assert.Equal(0, result.Code);
        var said = _cm.Town.Last("POST", "/handoffs").Json;
        Assert.Equal(("full", "half"), (said.GetProperty("reason").GetString(), said.GetProperty("context").GetProperty("summary").GetString()));
    }

    [Fact]
    public async Task Any_other_exit_code_is_a_failed_attempt()
    {
        Assert.Equal(1, (await WorkAsync(Long, "exit 3")).Code);
        Assert.Equal(("failed", "the program ended with exit code 3"), (Done().GetProperty("outcome").GetString(), Done().GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_program_that_cannot_start_gives_the_lease_back()
    {
        Prepare(Long, MergeStrategy.Merge);
        var result = await _cm.RunAsync("work", "--hook", "shop/crew/ada", "--", "./no-such-program");
        Assert.Equal(1, result.Code);
        Assert.Contains("no-such-program", result.Error);
        Assert.Equal("the-lease", _cm.Town.Last("POST", "/leases/release").Json.GetProperty("token").GetString());
    }

    [Fact]
    public async Task The_lease_is_renewed_every_third_of_its_time()
    {
        var result = await WorkAsync(TimeSpan.FromSeconds(1.2), $"while [ ! -e '{Out}.go' ]; do sleep 0.05; done; exit 3", renewed: n => { if (n == 3) File.WriteAllText(Out + ".go", ""); });
        Assert.Equal(1, result.Code);
        Assert.True(_cm.Town.Requests.Count(r => r.Path == "/leases/renew") >= 3);
    }

    [Fact]
    public async Task When_the_lease_is_lost_the_whole_group_is_ended_and_nothing_is_handed_in()
    {
        Prepare(TimeSpan.FromSeconds(0.9), MergeStrategy.Merge);
        // Lost once the program is deaf and has said who it is, however long that takes.
        _cm.Town.On("POST", "/leases/renew", _ => File.Exists(Out + ".pid")
            ? FakeTown.Json(new { status = 409, code = "lease-lost", detail = "shop/crew/bob holds it under fence 8.", title = "No" }, 409, "application/problem+json")
            : FakeTown.Json(new RenewResult(7, TimeProvider.System.GetUtcNow().AddSeconds(0.9))));
        var result = await _cm.RunAsync("work", "--hook", "shop/crew/ada", "--", "sh", "-c",
            $"trap '' TERM; sleep 600 & echo $! > '{Out}.child'; echo $$ > '{Out}.new'; mv '{Out}.new' '{Out}.pid'; wait; sleep 600");
        Assert.Equal(5, result.Code);
        Assert.Contains("shop/crew/bob", result.Error);
        Assert.DoesNotContain(_cm.Town.Requests, r => r.Path.EndsWith("/done", StringComparison.Ordinal));
        foreach (var file in (string[])[".child", ".pid"])
            Assert.True(ProcessIdentity.Of(int.Parse(File.ReadAllText(Out + file), System.Globalization.CultureInfo.InvariantCulture)) is not { } left || !ProcessGroup.IsAlive(left), file);
    }

    [Fact]
    public async Task What_follows_the_dashes_is_the_programs_own()
    {
        var result = await WorkAsync(Long, "exit 3", command: ["sh", "-c", "echo \"$@\"; exit 3", "sh", "--json", "--help"]);
        Assert.Contains("--json --help", result.Out);
    }

    string Out => Path.Combine(_cm.Home, "out");

    JsonElement Done() => _cm.Town.Last("POST", "/work-items/sh-x7k2m/done").Json;

    void Prepare(TimeSpan ttl, MergeStrategy merge, Action<int>? renewed = null)
    {
        var renewals = 0;
        _cm.Town.On("POST", "/hooks/shop/crew/ada/claim", Sample.Claim(ttl, merge))
            .On("POST", "/leases/renew", _ =>
            {
                renewed?.Invoke(++renewals);
                return FakeTown.Json(new RenewResult(7, TimeProvider.System.GetUtcNow() + ttl));
            })
            .On("POST", "/tokens", new TokenResult("workers-own", "shop/crew/ada", "agent", Sample.Noon))
            .On("POST", "/leases/release", _ => new HttpResponseMessage(System.Net.HttpStatusCode.NoContent))
            .On("POST", "/work-items/sh-x7k2m/done", Sample.Done())
            .On("POST", "/handoffs", new HandoffSnapshot(Guid.NewGuid(), HandoffState.Pending, "sh-x7k2m", Guid.NewGuid(), "shop/crew/ada", "shop/crew/ada", null, new HandoffContext(), null, null, Sample.Noon, null, null, null));
    }

    Task<Cm.Result> WorkAsync(TimeSpan ttl, string script, string? option = null, MergeStrategy merge = MergeStrategy.Merge, Action<int>? renewed = null, string[]? command = null)
    {
        Prepare(ttl, merge, renewed);
        return _cm.RunAsync(["work", "--hook", "shop/crew/ada", .. option is null ? Array.Empty<string>() : [option], "--", .. command ?? ["sh", "-c", $"OUT='{Out}'\n{script}"]]);
    }
}
