using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Data;

/// <summary>The ledger's database.</summary>
abstract class WorkDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<RigRow> Rigs => Set<RigRow>();
    public DbSet<WorkItemRow> Items => Set<WorkItemRow>();
    public DbSet<EdgeRow> Edges => Set<EdgeRow>();
    public DbSet<LabelRow> Labels => Set<LabelRow>();
    public DbSet<CommentRow> Comments => Set<CommentRow>();
    public DbSet<AssignmentCopyRow> Assignments => Set<AssignmentCopyRow>();
    public DbSet<MergeCopyRow> Merges => Set<MergeCopyRow>();
    public DbSet<TrailRow> Trail => Set<TrailRow>();
    public DbSet<TrailHeadRow> TrailHeads => Set<TrailHeadRow>();
    public DbSet<IngestedRow> Ingested => Set<IngestedRow>();
    public DbSet<RejectionRow> Rejections => Set<RejectionRow>();
    public DbSet<EventMirrorRow> EventMirror => Set<EventMirrorRow>();

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.ApplyConfiguration(new WorkItemMapping());
        RigAndCopyMapping.Apply(model);
        TrailMapping.Apply(model);
        OutsideMapping.Apply(model);
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        foreach (var changed in ChangeTracker.Entries<WorkItemRow>().Where(e => e.State == EntityState.Modified)) changed.Entity.Stamp++;
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }
}

sealed class SqliteWorkDbContext(DbContextOptions<SqliteWorkDbContext> options) : WorkDbContext(options);

sealed class PostgresWorkDbContext(DbContextOptions<PostgresWorkDbContext> options) : WorkDbContext(options);

sealed class SqliteWorkDbContextFactory : SqliteDesignTimeFactory<SqliteWorkDbContext>;

sealed class PostgresWorkDbContextFactory : PostgresDesignTimeFactory<PostgresWorkDbContext>;
