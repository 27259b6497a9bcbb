using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.CrashHost;

/// <summary>Something a consumer did, to be counted from outside.</summary>
public sealed class Effect
{
    public long Id { get; set; }
    public string By { get; set; } = "";
    public int N { get; set; }
    public string? Detail { get; set; }
    public Colour Colour { get; set; }
}

public sealed class JobState : SagaStateMachineInstance, ISagaVersion
{
    public Guid CorrelationId { get; set; }
    public int Version { get; set; }
    public string CurrentState { get; set; } = "";
    public int Steps { get; set; }
    public Guid? OverdueToken { get; set; }
}

public abstract class TownDb(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<Effect> Effects => Set<Effect>();
    public DbSet<JobState> Jobs => Set<JobState>();

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<Effect>().ToTable("effects");
        model.Entity<JobState>().IsSaga().ToTable("jobs");
    }
}

public abstract class AlphaDb(DbContextOptions options) : TownDb(options);
public sealed class SqliteAlphaDb(DbContextOptions<SqliteAlphaDb> options) : AlphaDb(options);
public sealed class PostgresAlphaDb(DbContextOptions<PostgresAlphaDb> options) : AlphaDb(options);

public abstract class BetaDb(DbContextOptions options) : TownDb(options);
public sealed class SqliteBetaDb(DbContextOptions<SqliteBetaDb> options) : BetaDb(options);
public sealed class PostgresBetaDb(DbContextOptions<PostgresBetaDb> options) : BetaDb(options);

public abstract class GammaDb(DbContextOptions options) : TownDb(options);
public sealed class SqliteGammaDb(DbContextOptions<SqliteGammaDb> options) : GammaDb(options);
public sealed class PostgresGammaDb(DbContextOptions<PostgresGammaDb> options) : GammaDb(options);
