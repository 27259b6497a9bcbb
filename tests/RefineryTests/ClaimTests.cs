using ClaudeManage.Git;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeManage.RefineryTests;

/// <summary>Which replica works on a queue; and that both databases have the model the code has.</summary>
public sealed class ClaimTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_several_replicas_on_PostgreSQL_one_has_a_queue_until_it_lapses_or_is_given_back()
    {
        await using var database = await PostgresDatabase.CreateAsync(Ct);
        var clock = new MovableClock();
        await using var services = Build(clock, new() { ["Database:Provider"] = "Postgres", ["ConnectionStrings:refinery"] = database.ConnectionString });
        await services.MigrateModulesAsync(Ct);
        var replicas = Enumerable.Range(0, 6).Select(_ => Replica(services, clock)).ToList();

        var claims = await Task.WhenAll(replicas.Select(r => r.TakeAsync("shop", Ct)));
        var winner = Array.FindIndex(claims, c => c.Fence is not null);
        Assert.Equal(1L, Assert.Single(claims, c => c.Fence is not null).Fence);
        Assert.Equal(1L, (await replicas[winner].TakeAsync("shop", Ct)).Fence);       // renewed, not granted again

        clock.Move(TimeSpan.FromSeconds(31));
        var next = replicas[(winner + 1) % replicas.Count];
        Assert.Equal(2L, (await next.TakeAsync("shop", Ct)).Fence);
        Assert.Null((await replicas[winner].TakeAsync("shop", Ct)).Fence);
        await next.ReleaseAsync(Ct);
        Assert.Equal(3L, (await replicas[winner].TakeAsync("shop", Ct)).Fence);
    }

    [Fact]
    public async Task On_SQLite_the_claim_of_an_earlier_process_is_taken_at_once()
    {
        using var directory = new ScratchDirectory();
        var clock = new MovableClock();
        await using var services = Build(clock, new() { ["Database:Provider"] = "Sqlite", ["Database:Directory"] = directory.Path });
        await services.MigrateModulesAsync(Ct);
        Assert.Equal(1L, (await Replica(services, clock).TakeAsync("shop", Ct)).Fence);
        Assert.Equal(2L, (await Replica(services, clock).TakeAsync("shop", Ct)).Fence);
    }

    [Fact]
    public async Task A_gate_that_a_killed_process_left_running_is_stopped_and_does_not_count()
    {
        using var directory = new ScratchDirectory();
        await using var services = Build(new MovableClock(), new() { ["Database:Provider"] = "Sqlite", ["Database:Directory"] = directory.Path });
        await services.MigrateModulesAsync(Ct);
        var run = new GateRun { Id = Guid.NewGuid(), RigId = "shop", MergeRequestId = "sh-mr-1", Gate = "test" };
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        await db.TransactAsync(_ => { db.Add(run); return Task.CompletedTask; }, Ct);
        await using var left = LongProcess.Start(new ProcessSpec("sleep", ["300"]) { Mark = GateRunner.Mark(run.Id) }, (_, _) => default, TimeProvider.System);

        await Replica(services, new MovableClock()).TakeAsync("shop", Ct);
        await left.Exited.WaitAsync(TimeSpan.FromSeconds(60), Ct);
        db.ChangeTracker.Clear();
        var row = await db.GateRuns.SingleAsync(Ct);
        Assert.True(row.Interrupted);
        Assert.NotNull(row.EndedAt);
    }

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task The_migrations_are_the_model(string provider)
    {
        await using var services = Build(new MovableClock(), new() { ["Database:Provider"] = provider, ["ConnectionStrings:refinery"] = "Host=nowhere", ["Database:Directory"] = Path.GetTempPath() });
        await using var scope = services.CreateAsyncScope();
        Assert.False(scope.ServiceProvider.GetRequiredService<RefineryDbContext>().Database.HasPendingModelChanges());
    }

    static ServiceProvider Build(TimeProvider clock, Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddLogging();
        var module = new RefineryModule();
        ServiceRegistration(builder, clock, module);
        return builder.Services.BuildServiceProvider();
    }

    static void ServiceRegistration(WebApplicationBuilder builder, TimeProvider clock, RefineryModule module)
    {
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(new Messaging.ReplicaNews<RefineryDbContext>(hasReplicas: false));
        builder.Services.AddSingleton(new DataDirectory(Path.GetTempPath()));
        module.AddServices(builder);
        builder.Services.RemoveAll<Microsoft.Extensions.Hosting.IHostedService>();
        builder.Services.RemoveAll<QueueHolds>();
        builder.Services.AddScoped(p => new QueueHolds(p.GetRequiredService<RefineryDbContext>(), null!, p.GetRequiredService<QueueSignal>(), clock, p.GetRequiredService<IOptions<RefineryOptions>>()));
    }

    static QueueClaims Replica(IServiceProvider services, TimeProvider clock) =>
        new(services.GetRequiredService<IServiceScopeFactory>(), new Replica(), clock, services.GetRequiredService<IOptions<RefineryOptions>>());

    sealed class MovableClock : TimeProvider
    {
        DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Move(TimeSpan by) => _now += by;
    }
}
