using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Sagas;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Data;

/// <summary>The refinery's database: requests, queues, gate runs, and copies of rigs and items.</summary>
abstract class RefineryDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<MergeRequest> Requests => Set<MergeRequest>();
    public DbSet<MergeQueue> Queues => Set<MergeQueue>();
    public DbSet<GateRun> GateRuns => Set<GateRun>();
    public DbSet<RigCopy> Rigs => Set<RigCopy>();
    public DbSet<ItemMark> Items => Set<ItemMark>();
    public DbSet<HeldItem> HeldItems => Set<HeldItem>();
    public DbSet<ConvoyLanding> Landings => Set<ConvoyLanding>();
    public DbSet<LandingPart> LandingParts => Set<LandingPart>();

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<MergeRequest>(row =>
        {
            row.ToTable("merge_requests").HasKey(x => x.CorrelationId);
            row.Property(x => x.CorrelationId).ValueGeneratedNever();
            row.Property(x => x.Version).IsConcurrencyToken();
            row.Property(x => x.Id).HasMaxLength(80);
            row.HasIndex(x => x.Id).IsUnique();
            row.HasIndex(x => x.WorkItemId);
            row.HasIndex(x => new { x.RigId, x.CurrentState });
            row.HasIndex(x => new { x.QueuedAt, x.Id });
            row.HasIndex(x => x.RigId).HasFilter("ended_at is null").HasDatabaseName("ix_merge_requests_open");
            row.HasIndex(x => x.LandsWith).HasFilter("lands_with is not null").HasDatabaseName("ix_merge_requests_together");
            row.Property(x => x.GateRunIds).HasJsonConversion();
            row.Property(x => x.Conflict).HasJsonConversion();
        });
        model.Entity<MergeQueue>(row =>
        {
            row.ToTable("merge_queues").HasKey(x => x.RigId);
            row.Property(x => x.Version).IsConcurrencyToken();
        });
        model.Entity<GateRun>(row =>
        {
            row.ToTable("gate_runs").HasKey(x => x.Id);
            row.Property(x => x.Id).ValueGeneratedNever();
            row.HasIndex(x => new { x.MergeRequestId, x.Round });
            row.HasIndex(x => new { x.Tree, x.Definition });
            row.HasIndex(x => new { x.RigId, x.StartedAt });
            row.HasIndex(x => x.RigId).HasFilter("ended_at is null").HasDatabaseName("ix_gate_runs_running");
        });
        model.Entity<RigCopy>(row =>
        {
            row.ToTable("rig_copies").HasKey(x => x.Id);
            row.Property(x => x.Version).IsConcurrencyToken();
            row.Ignore(x => x.Gates);
            row.Property(x => x.Merge).HasJsonConversion();
        });
        model.Entity<ItemMark>(row =>
        {
            row.ToTable("item_marks").HasKey(x => x.Id);
            row.Property(x => x.Version).IsConcurrencyToken();
            row.Property(x => x.Fence).IsConcurrencyToken();
        });
        model.Entity<HeldItem>(row =>
        {
            row.ToTable("held_items").HasKey(x => x.ItemId);
            row.HasIndex(x => x.ConvoyId);
        });
        model.Entity<ConvoyLanding>(row =>
        {
            row.ToTable("convoy_landings").HasKey(x => x.ConvoyId);
            row.Property(x => x.Version).IsConcurrencyToken();
            row.HasIndex(x => x.Phase);
        });
        model.Entity<LandingPart>(row =>
        {
            row.ToTable("landing_parts").HasKey(x => new { x.ConvoyId, x.RigId });
            row.Property(x => x.Version).IsConcurrencyToken();
        });
    }
}

sealed class SqliteRefineryDbContext(DbContextOptions<SqliteRefineryDbContext> options) : RefineryDbContext(options);

sealed class PostgresRefineryDbContext(DbContextOptions<PostgresRefineryDbContext> options) : RefineryDbContext(options);

sealed class SqliteFactory : SqliteDesignTimeFactory<SqliteRefineryDbContext>;

sealed class PostgresFactory : PostgresDesignTimeFactory<PostgresRefineryDbContext>;
