using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.WorkTests;

/// <summary>What is particular to a provider, on PostgreSQL.</summary>
public sealed class PostgresTests : WorkHost
{
    PostgresDatabase _work = null!, _probe = null!;

    protected override async Task<IReadOnlyDictionary<string, string?>> SettingsAsync()
    {
        _work = await PostgresDatabase.CreateAsync(Ct);
        _probe = await PostgresDatabase.CreateAsync(Ct);
        return new Dictionary<string, string?>
        {
            ["Database:Provider"] = "Postgres",
            ["ConnectionStrings:work"] = _work.ConnectionString,
            ["ConnectionStrings:probe"] = _probe.ConnectionString,
            ["Work:ReplayWaitSeconds"] = "0",
        };
    }

    public override async ValueTask DisposeAsync()
    {
        if (_probe is null) return;      // skipped before anything was started
        await base.DisposeAsync();
        await _work.DisposeAsync();
        await _probe.DisposeAsync();
    }

    [Fact]
    public async Task The_ledger_and_its_trail_hold()
    {
        var a = await CreateAsync("a");
        var b = await CreateAsync(new CreateWorkItem("shop", "B", Labels: ["x"], DependsOn: [a.Id], DueAt: Clock.GetUtcNow()));
        await CloseAsync(a.Id);
        Assert.Equal([b.Id], await ReadyAsync("&label=x&text=b"));
        Assert.Equal(["work-item.closed"], (await EventsAsync("&type=*.closed")).Select(e => e.EventType));
        Assert.True((await SendAsync<TrailVerification>(HttpMethod.Get, "/events/verify", null)).Ok);
        await AssertReplaysAsync();
        foreach (var sql in new[] { "update run_events set actor = 'mayor'", "delete from run_events", "truncate run_events" })
            Assert.Contains("append-only", (await Assert.ThrowsAnyAsync<Exception>(() => SqlAsync(sql))).Message);
        Assert.False(await DatabaseAsync(db => Task.FromResult(db.Database.HasPendingModelChanges())));
    }

    [Fact]
    public async Task A_text_that_the_database_cannot_hold_is_refused_and_not_a_failure()
    {
        await RefusedAsync(HttpMethod.Get, "/work-items?label=a%00b", null, 400, "invalid");
        await RefusedAsync(HttpMethod.Get, "/events?actor=a%00b", null, 400, "invalid");
    }

    [Fact]
    public async Task Closing_and_waiting_at_the_same_moment_lose_no_count()
    {
        for (var round = 0; round < 10; round++)
        {
            var (a, b) = (await CreateAsync("a"), await CreateAsync("b"));
            await Task.WhenAll(
                CloseAsync(a.Id), DependAsync(b.Id, a.Id), SendAsync<WorkItemSnapshot>(HttpMethod.Patch, $"/work-items/{b.Id}", new UpdateWorkItem(Notes: "n")));
            Assert.True((await ShowAsync(b.Id)).Ready);
        }
        await AssertReplaysAsync();
    }
}
