using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Supervisor.Data;

/// <summary>What a node must not forget: its sessions, and what it needs of the rigs.</summary>
abstract class SupervisorDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    public DbSet<SessionRow> Sessions => Set<SessionRow>();
    public DbSet<RigCopy> Rigs => Set<RigCopy>();
    public DbSet<NodeRow> Nodes => Set<NodeRow>();
    public DbSet<RetiredAgentRow> RetiredAgents => Set<RetiredAgentRow>();

    /// <summary>Writes down what is newer than the copy.</summary>
    public async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await Rigs.FindAsync([rig.Id], ct);
        if (copy is not null && copy.Version >= rig.Version) return;
        if (copy is null) Rigs.Add(copy = new RigCopy { Id = rig.Id });
        (copy.Version, copy.Rig) = (rig.Version, rig);
    }

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<SessionRow>(row =>
        {
            row.ToTable("sessions").HasKey(x => x.Number);
            row.Property(x => x.Number).ValueGeneratedOnAdd();
            row.HasIndex(x => x.Id).IsUnique();
            row.HasIndex(x => new { x.NodeId, x.Phase });
            row.HasIndex(x => x.AgentId);
            row.HasIndex(x => x.WorkItemId);
            row.HasIndex(x => x.AssignmentId);
            row.Property(x => x.Report).HasJsonConversion();
            row.Property(x => x.Version).IsConcurrencyToken();
            row.Ignore(x => x.Identity);
        });
        model.Entity<RigCopy>(row =>
        {
            row.ToTable("rig_copies").HasKey(x => x.Id);
            row.Property(x => x.Rig).HasJsonConversion();
        });
        model.Entity<NodeRow>().ToTable("nodes").HasKey(x => x.Id);
        model.Entity<RetiredAgentRow>().ToTable("retired_agents").HasKey(x => x.AgentId);
    }
}

sealed class SqliteSupervisorDbContext(DbContextOptions<SqliteSupervisorDbContext> options) : SupervisorDbContext(options);

sealed class PostgresSupervisorDbContext(DbContextOptions<PostgresSupervisorDbContext> options) : SupervisorDbContext(options);

sealed class SqliteFactory : SqliteDesignTimeFactory<SqliteSupervisorDbContext>;

sealed class PostgresFactory : PostgresDesignTimeFactory<PostgresSupervisorDbContext>;
