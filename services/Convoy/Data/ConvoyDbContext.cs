using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Data;

abstract class ConvoyDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<ConvoyRow> Convoys => Set<ConvoyRow>();

    public DbSet<ConvoyItemRow> Items => Set<ConvoyItemRow>();

    public DbSet<TimelineRow> Timeline => Set<TimelineRow>();

    public DbSet<ItemCopy> Copies => Set<ItemCopy>();

    public DbSet<MoleculeCopy> Molecules => Set<MoleculeCopy>();

    public DbSet<CostRow> Costs => Set<CostRow>();

    public DbSet<RigCopy> Rigs => Set<RigCopy>();

    /// <summary>
    /// Inside a transaction, for good: putting an item into a convoy (or launching it) and hearing that it is closed or ready do not pass each other
    /// unseen, so that the later of the two knows of the earlier and the convoy lands, or slings.
    /// </summary>
    public Task LockItemsAsync(IEnumerable<string> workItemIds, CancellationToken ct) => this.LockAllAsync(workItemIds.Select(i => $"item:{i}"), ct);

    /// <summary>Inside a transaction: one decides at a time what is slung next, and sees what the one before decided.</summary>
    public Task LockDispatchAsync(CancellationToken ct) => this.LockAsync("convoy:dispatch", ct);

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<ConvoyRow>(e =>
        {
            e.ToTable("convoys").HasKey(c => c.CorrelationId);
            e.HasIndex(c => c.ConvoyId).IsUnique();
            e.HasIndex(c => new { c.State, c.ConvoyId });
            e.HasIndex(c => new { c.Auto, c.State });
            e.Property(c => c.Version).IsConcurrencyToken();
            e.Property(c => c.Auto).HasDefaultValue(false);
            e.Property(c => c.Paused).HasDefaultValue(false);
            e.Property(c => c.Watched).HasDefaultValue(false);
            e.Property(c => c.OverBudget).HasDefaultValue(false);
            e.Property(c => c.Atomic).HasDefaultValue(false);
            e.Property(c => c.HoldNumber).HasDefaultValue(0L);
            e.Property(c => c.HeldNumber).HasDefaultValue(0L);
            e.Property(c => c.LandingNumber).HasDefaultValue(0L);
            e.Property(c => c.Landing).HasDefaultValue(false);
            e.Property(c => c.Notify).HasJsonConversion();
            e.Ignore(c => c.StateOf).Ignore(c => c.Dispatching);
        });
        model.Entity<ConvoyItemRow>(e =>
        {
            e.ToTable("convoy_items").HasKey(i => new { i.ConvoyId, i.WorkItemId });
            e.HasIndex(i => i.WorkItemId);
            e.Property(i => i.Slings).HasDefaultValue(0);
            e.Property(i => i.Rank).HasDefaultValue(0d);
            e.Property(i => i.RequestFence).HasDefaultValue(0L);
            e.Property(i => i.RequestVersion).HasDefaultValue(0L);
            e.Property(i => i.Proved).HasDefaultValue(false);
        });
        model.Entity<TimelineRow>(e =>
        {
            e.ToTable("convoy_timeline").HasKey(t => t.Number);
            e.Property(t => t.Number).ValueGeneratedOnAdd();
            e.HasIndex(t => new { t.ConvoyId, t.Number });
        });
        model.Entity<ItemCopy>(e =>
        {
            e.ToTable("item_copies").HasKey(i => i.Id);
            e.Property(i => i.Version).IsConcurrencyToken();
            e.Property(i => i.Dependencies).HasJsonConversion();
            e.Property(i => i.Revision).HasDefaultValue(0L);
            e.Property(i => i.CostRevision).HasDefaultValue(0L);
            e.Property(i => i.Trashed).HasDefaultValue(false);
            e.HasIndex(i => i.ParentId);
            e.HasIndex(i => new { i.RigId, i.ClosedAt });
            e.Ignore(i => i.IsOver);
        });
        model.Entity<MoleculeCopy>(e => e.ToTable("molecule_copies").HasKey(m => m.RootItemId));
        model.Entity<CostRow>(e => e.ToTable("item_costs").HasKey(c => new { c.WorkItemId, c.Fence }));
        model.Entity<RigCopy>(e =>
        {
            e.ToTable("rig_copies").HasKey(r => r.Id);
            e.Property(r => r.Version).IsConcurrencyToken();
        });
    }
}

sealed class SqliteConvoyDbContext(DbContextOptions<SqliteConvoyDbContext> options) : ConvoyDbContext(options);

sealed class PostgresConvoyDbContext(DbContextOptions<PostgresConvoyDbContext> options) : ConvoyDbContext(options);

sealed class SqliteConvoyDesign : SqliteDesignTimeFactory<SqliteConvoyDbContext>;

sealed class PostgresConvoyDesign : PostgresDesignTimeFactory<PostgresConvoyDbContext>;
