using System.Text.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.CliTests;

/// <summary>Inside an agent's session the commands know what they are about.</summary>
public sealed class SessionTests : IDisposable
{
    readonly Cm _cm = new();

    public SessionTests()
    {
        _cm.Variables["CM_WORK_ITEM"] = "sh-x7k2m";
        _cm.Variables["CM_LEASE"] = "the-lease";
        _cm.Variables["CM_AGENT"] = "shop/polecats/nux";
        _cm.Variables["CM_BRANCH"] = "cm/sh-x7k2m/7";
        _cm.Town.On("GET", "/work-items/sh-x7k2m", Sample.Detail(Sample.Item())).On("POST", "/work-items/sh-x7k2m/done", Sample.Done());
    }

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task Done_takes_branch_and_commit_from_git()
    {
        await Checkout.MakeAsync(_cm.Directory, "cm/sh-x7k2m/7");
        var head = await Checkout.CommitAsync(_cm.Directory, "login.txt", "Accept long names");
        Assert.Equal(0, (await _cm.RunAsync("done")).Code);
        var said = Said();
        Assert.Equal("the-lease", said.GetProperty("leaseToken").GetString());
        Assert.Equal("cm/sh-x7k2m/7", said.GetProperty("branch").GetString());
        Assert.Equal(head, said.GetProperty("commit").GetString());
        Assert.Equal("Accept long names", said.GetProperty("summary").GetString());
        Assert.Equal("completed", said.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Done_on_a_detached_head_names_the_leases_branch()
    {
        await Checkout.MakeAsync(_cm.Directory);
        await Checkout.GitAsync(_cm.Directory, "checkout", "-q", "--detach");
        Assert.Equal(0, (await _cm.RunAsync("done")).Code);
        Assert.Equal("cm/sh-x7k2m/7", Said().GetProperty("branch").GetString());
    }

    [Fact]
    public async Task Done_with_uncommitted_changes_is_refused_with_the_files()
    {
        await Checkout.MakeAsync(_cm.Directory);
        File.WriteAllText(Path.Combine(_cm.Directory, "first.txt"), "changed");
        var result = await _cm.RunAsync("done");
        Assert.Equal(1, result.Code);
        Assert.Contains("first.txt", result.Error);
        Assert.DoesNotContain(_cm.Town.Requests, r => r.Method == "POST");
        Assert.Equal(0, (await _cm.RunAsync("done", "--ignore-uncommitted")).Code);
    }

    [Fact]
    public async Task Done_without_a_checkout_leaves_it_to_the_town_what_is_missing()
    {
        Assert.Equal(0, (await _cm.RunAsync("done", "--summary", "Called them")).Code);
        Assert.False(Said().TryGetProperty("commit", out _));
    }

    [Fact]
    public async Task Done_runs_the_acceptance_commands_here_and_sends_their_results()
    {
        _cm.Town.On("GET", "/work-items/sh-x7k2m", Sample.Detail(Sample.Item(acceptance:
            [new AcceptanceCriterion("looks good"), new AcceptanceCriterion("passes", ["true"]), new AcceptanceCriterion("is there", ["ls", "no-such-file"])])));
        await _cm.RunAsync("done", "--summary", "x");
        var results = Said().GetProperty("acceptance").EnumerateArray().ToList();
        Assert.Equal([1, 2], results.Select(r => r.GetProperty("index").GetInt32()));
        Assert.Equal(0, results[0].GetProperty("exitCode").GetInt32());
        Assert.NotEqual(0, results[1].GetProperty("exitCode").GetInt32());
        Assert.Contains("no-such-file", results[1].GetProperty("output").GetString());
    }

    [Fact]
    public async Task A_lost_lease_is_5_and_names_the_holder()
    {
        _cm.Town.Refuse("POST", "/work-items/sh-x7k2m/done", 409, "lease-lost", "shop/polecats/rictus holds it under fence 8.");
        var result = await _cm.RunAsync("done", "--summary", "x");
        Assert.Equal(5, result.Code);
        Assert.Contains("shop/polecats/rictus", result.Error);
    }

    [Fact]
    public async Task Other_outcomes_need_no_commit()
    {
        await Checkout.MakeAsync(_cm.Directory);
        File.WriteAllText(Path.Combine(_cm.Directory, "first.txt"), "changed");
        Assert.Equal(0, (await _cm.RunAsync("done", "--outcome", "no_change", "--reason", "fixed already")).Code);
        Assert.Equal("no_change", Said().GetProperty("outcome").GetString());
        Assert.False(Said().TryGetProperty("commit", out _));
    }

    [Fact]
    public async Task Handoff_and_park_carry_context_and_commit()
    {
        var head = await Checkout.MakeAsync(_cm.Directory, "cm/sh-x7k2m/7");
        _cm.Town.On("POST", "/handoffs", new HandoffSnapshot(Guid.NewGuid(), HandoffState.Pending, "sh-x7k2m", Guid.NewGuid(), "shop/polecats/nux", "shop/polecats/nux", "full", new HandoffContext(), null, null, Sample.Noon, null, null, null));
        Assert.Equal(0, (await _cm.RunAsync("handoff", "--reason", "full", "--summary", "Half", "--next", "a", "--next", "b")).Code);
        var said = _cm.Town.Last("POST", "/handoffs").Json;
        Assert.Equal(head, said.GetProperty("commit").GetString());
        Assert.Equal(2, said.GetProperty("context").GetProperty("next").GetArrayLength());
        Assert.Equal(0, (await _cm.RunAsync("park", "--until", "+2h")).Code);
        var opens = _cm.Town.Last("POST", "/handoffs").Json.GetProperty("gate").GetProperty("opensAt").GetDateTimeOffset();
        Assert.InRange(opens - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(115), TimeSpan.FromMinutes(125));
    }

    [Fact]
    public async Task Show_and_hook_are_about_the_sessions_own()
    {
        _cm.Town.On("GET", "/work-items/sh-x7k2m/comments", Sample.Page<Comment>())
            .On("GET", "/hooks/shop/polecats/nux", new HookDetail("shop/polecats/nux", null, Sample.Assignment(), [], [], 2));
        Assert.Contains("Fix login", (await _cm.RunAsync("show")).Out);
        var hook = await _cm.RunAsync("hook");
        Assert.Contains("sh-x7k2m", hook.Out);
        Assert.Contains("2 unread mail", hook.Out);
    }

    JsonElement Said() => _cm.Town.Last("POST", "/work-items/sh-x7k2m/done").Json;
}
