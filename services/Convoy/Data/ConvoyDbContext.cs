using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Data;

abstract class ConvoyDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<ConvoyRow> Convoys => Set<ConvoyRow>();

    public DbSet<ConvoyItemRow> Items => Set<ConvoyItemRow>();

    public DbSet<ItemCopy> Copies => Set<ItemCopy>();

    /// <summary>
    /// Inside a transaction, for good: putting an item into a convoy and hearing that it is closed do not pass each other unseen, so that the
    /// later of the two knows of the earlier and the convoy lands.
    /// </summary>
    public Task LockItemAsync(string workItemId, CancellationToken ct) => this.LockAsync($"item:{workItemId}", ct);

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<ConvoyRow>(e =>
        {
            e.ToTable("convoys").HasKey(c => c.CorrelationId);
            e.HasIndex(c => c.ConvoyId).IsUnique();
            e.HasIndex(c => new { c.State, c.ConvoyId });
            e.Property(c => c.Version).IsConcurrencyToken();
        });
        model.Entity<ConvoyItemRow>(e =>
        {
            e.ToTable("convoy_items").HasKey(i => new { i.ConvoyId, i.WorkItemId });
            e.HasIndex(i => i.WorkItemId);
        });
        model.Entity<ItemCopy>(e =>
        {
            e.ToTable("item_copies").HasKey(i => i.Id);
            e.Property(i => i.Version).IsConcurrencyToken();
            e.Property(i => i.Dependencies).HasJsonConversion();
        });
    }
}

sealed class SqliteConvoyDbContext(DbContextOptions<SqliteConvoyDbContext> options) : ConvoyDbContext(options);

sealed class PostgresConvoyDbContext(DbContextOptions<PostgresConvoyDbContext> options) : ConvoyDbContext(options);

sealed class SqliteConvoyDesign : SqliteDesignTimeFactory<SqliteConvoyDbContext>;

sealed class PostgresConvoyDesign : PostgresDesignTimeFactory<PostgresConvoyDbContext>;
