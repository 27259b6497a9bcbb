using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Data;

abstract class WorkflowDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<FormulaRow> Formulas => Set<FormulaRow>();

    public DbSet<ProtomoleculeRow> Protomolecules => Set<ProtomoleculeRow>();

    public DbSet<MoleculeRow> Molecules => Set<MoleculeRow>();

    public DbSet<StepRow> Steps => Set<StepRow>();

    public DbSet<GateRow> Gates => Set<GateRow>();

    public DbSet<LogRow> Log => Set<LogRow>();

    public DbSet<RigCopy> Rigs => Set<RigCopy>();

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<FormulaRow>().ToTable("formulas").HasKey(f => new { f.Name, f.Revision });
        model.Entity<ProtomoleculeRow>().ToTable("protomolecules").HasKey(p => p.Id);
        model.Entity<MoleculeRow>(e =>
        {
            e.ToTable("molecules").IsSaga();
            e.HasIndex(m => m.MoleculeId).IsUnique();
            e.HasIndex(m => new { m.CreatedAt, m.MoleculeId });
            e.HasIndex(m => m.ProtomoleculeId);
            e.Property(m => m.Vars).HasJsonConversion();
            e.Property(m => m.Compensating).HasJsonConversion();
            e.Property(m => m.Digest).HasJsonConversion();
            e.Ignore(m => m.IsOver);
        });
        model.Entity<StepRow>(e =>
        {
            e.ToTable("steps").HasKey(s => new { s.MoleculeId, s.StepId });
            e.HasIndex(s => s.WorkItemId).IsUnique();
            e.HasIndex(s => new { s.MoleculeId, s.State, s.ItemReady });
            e.HasIndex(s => new { s.MoleculeId, s.ParentId });
            e.Property(s => s.Spending).HasJsonConversion();
            e.Ignore(s => s.Step).Ignore(s => s.IsOver).Ignore(s => s.LetsOthersGo);
        });
        model.Entity<GateRow>(e =>
        {
            e.ToTable("gates").HasKey(g => g.Id);
            e.Property(g => g.Id).ValueGeneratedNever();
            e.HasIndex(g => new { g.MoleculeId, g.StepId });
            e.HasIndex(g => new { g.State, g.Type, g.AwaitId });
        });
        model.Entity<LogRow>(e =>
        {
            e.ToTable("molecule_log").HasKey(l => l.Number);
            e.Property(l => l.Number).ValueGeneratedOnAdd();
            e.HasIndex(l => new { l.MoleculeId, l.Number });
        });
        model.Entity<RigCopy>().ToTable("rig_copies").HasKey(r => r.Id);
    }
}

sealed class SqliteWorkflowDbContext(DbContextOptions<SqliteWorkflowDbContext> options) : WorkflowDbContext(options);

sealed class PostgresWorkflowDbContext(DbContextOptions<PostgresWorkflowDbContext> options) : WorkflowDbContext(options);

sealed class SqliteWorkflowDesign : SqliteDesignTimeFactory<SqliteWorkflowDbContext>;

sealed class PostgresWorkflowDesign : PostgresDesignTimeFactory<PostgresWorkflowDbContext>;
