using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.RefineryTests;

/// <summary>Gates' output goes when no request that rests on it is open any more, or was until lately.</summary>
public sealed class RetentionTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Old_logs_go_and_those_of_open_requests_stay(bool postgres)
    {
        await using var refinery = postgres ? await PostgresDatabase.CreateAsync(Ct) : null;
        await using var probe = postgres ? await PostgresDatabase.CreateAsync(Ct) : null;
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("test", "echo it ran")]), settings: postgres ? new()
        {
            ["Database:Provider"] = "Postgres",
            ["ConnectionStrings:refinery"] = refinery!.ConnectionString,
            ["ConnectionStrings:probe"] = probe!.ConnectionString,
        } : null);
        await town.WorkAsync("sh-aaaaa", ("a.txt", "a"));
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        var run = Assert.Single(request.GateRuns);
        var logs = town.Host.Services.GetRequiredService<GateLogs>();
        var log = logs.Try(run.Id, 1);
        Assert.True(File.Exists(log));
        var nobodys = logs.Try(Guid.NewGuid(), 1);
        await File.WriteAllTextAsync(nobodys, "of a run that no row knows", Ct);

        Assert.Empty((await RoundAsync(town, days: 29)).Findings);

        // Still open, or open through a request that took over its result.
        await ChangeAsync(town, request.Id, r => r.EndedAt = null);
        Assert.Equal(["removed 1", "kept 1 that requests not long over rest on"], (await RoundAsync(town, days: 31)).Findings);
        Assert.True(File.Exists(log));
        Assert.False(File.Exists(nobodys));
        await ChangeAsync(town, request.Id, r => r.EndedAt = TimeProvider.System.GetUtcNow());
        var heir = await town.Host.UseAsync<RefineryDbContext, string>(async db =>
        {
            var other = new MergeRequest { CorrelationId = Guid.NewGuid(), Id = "sh-mr-heirs", RigId = "shop", Target = "main", CurrentState = "Merged", QueuedAt = TimeProvider.System.GetUtcNow(), EndedAt = TimeProvider.System.GetUtcNow().AddDays(5) };
            db.Add(other);
            db.Add(new GateRun { Id = Guid.NewGuid(), RigId = "shop", MergeRequestId = other.Id, Gate = "test", CachedFrom = run.Id, StartedAt = TimeProvider.System.GetUtcNow(), EndedAt = TimeProvider.System.GetUtcNow() });
            await db.SaveChangesAsync(Ct);
            return other.Id;
        });
        Assert.Equal(["kept 1 that requests not long over rest on"], (await RoundAsync(town, days: 31)).Findings);

        Assert.Equal(["removed 1"], (await RoundAsync(town, days: 36)).Findings);
        Assert.False(File.Exists(log));
        Assert.Empty((await RoundAsync(town, days: 400)).Findings);
        // The run is still there, with the end of what it printed.
        Assert.Contains("it ran", await town.Http.GetStringAsync(run.Log, Ct), StringComparison.Ordinal);
        Assert.NotEmpty(heir);
    }

    static Task<int> ChangeAsync(MergeTown town, string id, Action<MergeRequest> change) => town.Host.UseAsync<RefineryDbContext, int>(async db =>
    {
        change(await db.Requests.SingleAsync(r => r.Id == id, Ct));
        return await db.SaveChangesAsync(Ct);
    });

    static Task<PatrolRound> RoundAsync(MergeTown town, double days) =>
        ActivatorUtilities.CreateInstance<GateLogRetention>(town.Host.Services, new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(days))).ComeRoundAsync(Ct);
}
