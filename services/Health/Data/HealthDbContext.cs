using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Domain;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Data;

/// <summary>The signals folded per agent, and the last judgement published.</summary>
sealed class AgentRow
{
    public string AgentId { get; set; } = "";

    public string? RigId { get; set; }

    public string? NodeId { get; set; }

    public Guid? AssignmentId { get; set; }

    public string? WorkItemId { get; set; }

    /// <summary>The highest fence seen per assignment; older facts are ignored.</summary>
    public long Fence { get; set; }

    public bool HasLease { get; set; }

    public DateTimeOffset RegisteredAt { get; set; }

    public DateTimeOffset? LeaseAt { get; set; }

    public DateTimeOffset? LeaseLostAt { get; set; }

    public Guid? SessionId { get; set; }

    public bool SessionAlive { get; set; }

    public DateTimeOffset? SessionAt { get; set; }

    public DateTimeOffset? NodeAt { get; set; }

    public DateTimeOffset? ProgressAt { get; set; }

    public string? Detail { get; set; }

    public AgentHealthState State { get; set; }

    public DateTimeOffset Since { get; set; }

    /// <summary>The moment a check is scheduled for, so that one check at a time is under way.</summary>
    public DateTimeOffset? CheckAt { get; set; }

    public AgentSignals Signals() => new(LeaseAt, LeaseLostAt, SessionAt, SessionAlive, NodeAt, ProgressAt, HasLease, RegisteredAt, Detail);
}

/// <summary>What this service needs to know of a rig.</summary>
sealed class RigCopy
{
    public string Id { get; set; } = "";

    public int StallAfterSeconds { get; set; }

    public long Version { get; set; }
}

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

    public IncidentSnapshot Snapshot() => new(
        Id, Cause, Severity, State, Source, What, Why, SuggestedActions, RigId, WorkItemId, AgentId, Count, RaisedAt, LastAt, ClosedAt);
}

abstract class HealthDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<AgentRow> Agents => Set<AgentRow>();

    public DbSet<RigCopy> Rigs => Set<RigCopy>();

    public DbSet<IncidentRow> Incidents => Set<IncidentRow>();

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<AgentRow>(e =>
        {
            e.ToTable("agents").HasKey(a => a.AgentId);
            e.HasIndex(a => a.NodeId);
            e.HasIndex(a => a.AssignmentId);
        });
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
