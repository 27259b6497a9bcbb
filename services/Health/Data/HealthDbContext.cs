using ClaudeManage.Contracts.Health;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Data;

/// <summary>An incident; one row per cause while it is open.</summary>
sealed class IncidentRow
{
    public Guid Id { get; set; }

    public string Cause { get; set; } = "";

    public Severity Severity { get; set; }

    /// <summary>open, acknowledged or closed.</summary>
    public string State { get; set; } = "";

    public string Source { get; set; } = "";

    public string What { get; set; } = "";

    public string Why { get; set; } = "";

    public IReadOnlyList<string> SuggestedActions { get; set; } = [];

    public string? RigId { get; set; }

    public string? WorkItemId { get; set; }

    public string? AgentId { get; set; }

    public int Count { get; set; }

    public DateTimeOffset RaisedAt { get; set; }

    public DateTimeOffset LastAt { get; set; }

    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>How often it was raised because nobody had looked.</summary>
    public int Level { get; set; }

    public DateTimeOffset? EscalatesAt { get; set; }

    /// <summary>Who acknowledged or closed it.</summary>
    public string? AnsweredBy { get; set; }

    public IncidentSnapshot Snapshot() => new(
        Id, Cause, Severity, State, Source, What, Why, SuggestedActions, RigId, WorkItemId, AgentId, Count, RaisedAt, LastAt, ClosedAt, Level, EscalatesAt, AnsweredBy);
}

abstract class HealthDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<AgentRow> Agents => Set<AgentRow>();

    public DbSet<RigCopy> Rigs => Set<RigCopy>();

    public DbSet<IncidentRow> Incidents => Set<IncidentRow>();

    public DbSet<NoticeRow> Notices => Set<NoticeRow>();

    public DbSet<DecisionRow> Decisions => Set<DecisionRow>();

    public DbSet<WitnessCaseRow> Cases => Set<WitnessCaseRow>();

    public DbSet<HistoryRow> History => Set<HistoryRow>();

    public DbSet<BreakerRow> Breakers => Set<BreakerRow>();

    public DbSet<PatrolRow> Patrols => Set<PatrolRow>();

    public DbSet<PulseRow> Pulses => Set<PulseRow>();

    public DbSet<HookEntry> HookEntries => Set<HookEntry>();

    public DbSet<NodeCopy> Nodes => Set<NodeCopy>();

    public DbSet<PauseCopy> Pauses => Set<PauseCopy>();

    public DbSet<FormulaCopy> Formulas => Set<FormulaCopy>();

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<AgentRow>(e =>
        {
            e.ToTable("agents").HasKey(a => a.AgentId);
            e.HasIndex(a => a.NodeId);
            e.HasIndex(a => a.AssignmentId);
            e.HasIndex(a => a.RigId);
            e.Ignore(a => a.Spawn).Ignore(a => a.MovedAt);
        });
        model.Entity<NoticeRow>(e =>
        {
            e.ToTable("notices").HasKey(n => n.Id);
            e.Property(n => n.Id).ValueGeneratedNever();
            e.HasIndex(n => new { n.State, n.NextAt });
            e.HasIndex(n => n.IncidentId);
        });
        model.Entity<DecisionRow>(e =>
        {
            e.ToTable("decisions").HasKey(d => d.Id);
            e.Property(d => d.Id).ValueGeneratedNever();
            e.Property(d => d.Options).HasJsonConversion();
            e.Property(d => d.Default).HasJsonConversion();
            e.Property(d => d.Given).HasJsonConversion();
            e.Property(d => d.Version).IsConcurrencyToken();
            e.HasIndex(d => new { d.State, d.AskedAt });
            e.HasIndex(d => new { d.MoleculeId, d.State });
        });
        model.Entity<WitnessCaseRow>().ToTable("witness_cases").HasKey(c => c.AssignmentId);
        model.Entity<WitnessCaseRow>().Property(c => c.AssignmentId).ValueGeneratedNever();
        model.Entity<HistoryRow>(e =>
        {
            e.ToTable("agent_history").HasKey(h => h.Number);
            e.Property(h => h.Number).ValueGeneratedOnAdd();
            e.HasIndex(h => new { h.AgentId, h.Number });
        });
        model.Entity<BreakerRow>(e =>
        {
            e.ToTable("breakers").HasKey(b => new { b.RigId, b.Formula, b.Runtime });
            e.Ignore(b => b.IsOpen).Ignore(b => b.Cause);
        });
        model.Entity<PatrolRow>(e =>
        {
            e.ToTable("patrols").HasKey(p => p.Name);
            e.Property(p => p.Looked).HasJsonConversion();
            e.Property(p => p.Missed).HasJsonConversion();
            e.Property(p => p.Findings).HasJsonConversion();
        });
        model.Entity<PulseRow>(e =>
        {
            e.ToTable("pulses").HasKey(p => new { p.Service, p.Replica });
            e.Property(p => p.Pulse).HasJsonConversion();
        });
        model.Entity<HookEntry>(e =>
        {
            e.ToTable("hook_entries").HasKey(h => h.AssignmentId);
            e.Property(h => h.AssignmentId).ValueGeneratedNever();
            e.HasIndex(h => new { h.HookId, h.Waiting, h.Since });
        });
        model.Entity<NodeCopy>(e =>
        {
            e.ToTable("node_copies").HasKey(n => n.NodeId);
            e.Property(n => n.Snapshot).HasJsonConversion();
        });
        model.Entity<PauseCopy>().ToTable("pause_copies").HasKey(p => p.Scope);
        model.Entity<FormulaCopy>().ToTable("formula_copies").HasKey(f => f.RootItemId);
        model.Entity<RigCopy>().ToTable("rig_copies").HasKey(r => r.Id);
        model.Entity<IncidentRow>(e =>
        {
            e.ToTable("incidents").HasKey(i => i.Id);
            e.Property(i => i.SuggestedActions).HasJsonConversion();
            e.HasIndex(i => new { i.Cause, i.State });
            e.HasIndex(i => new { i.State, i.RaisedAt });
        });
    }
}

sealed class SqliteHealthDbContext(DbContextOptions<SqliteHealthDbContext> options) : HealthDbContext(options);

sealed class PostgresHealthDbContext(DbContextOptions<PostgresHealthDbContext> options) : HealthDbContext(options);

sealed class SqliteHealthDesign : SqliteDesignTimeFactory<SqliteHealthDbContext>;

sealed class PostgresHealthDesign : PostgresDesignTimeFactory<PostgresHealthDbContext>;
