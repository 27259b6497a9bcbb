using ClaudeManage.CrashHost;
using ClaudeManage.CrashHost.Alpha;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.MessagingTests;

/// <summary>A mistake that would lose updates in silence stops the start instead.</summary>
public sealed class SagaMappingTests
{
    [Fact]
    public async Task A_saga_mapped_without_its_version_does_not_start()
    {
        using var scratch = new ScratchDirectory("bare");
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Database:Directory", scratch.Path)]);
        builder.AddModuleDbContext<BareDb, SqliteBareDb, PostgresBareDb>("bare");
        builder.AddModuleMessaging([new("bare", typeof(BareDb), bus => bus.Saga<BareDb, JobMachine, JobState>())]);
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("JobState is not mapped as a saga in BareDb", refused.Message);
    }
}

public abstract class BareDb(DbContextOptions options) : ModuleDbContext(options)
{
    protected override void OnModuleModelCreating(ModelBuilder model) => model.Entity<JobState>().ToTable("jobs").HasKey(x => x.CorrelationId);
}

public sealed class SqliteBareDb(DbContextOptions<SqliteBareDb> options) : BareDb(options);
public sealed class PostgresBareDb(DbContextOptions<PostgresBareDb> options) : BareDb(options);
