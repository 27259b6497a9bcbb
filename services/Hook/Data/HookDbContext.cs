using ClaudeManage.Contracts.Hook;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ClaudeManage.Hook.Data;

abstract class HookDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    /// <summary>States in which an item has its one assignment.</summary>
    public const string LiveStates = "state in ('queued', 'leased', 'parked')";

    public DbSet<AssignmentRow> Assignments => Set<AssignmentRow>();

    /// <summary>Those that are not over (<see cref="LiveStates"/>); an item has one at most.</summary>
    public IQueryable<AssignmentRow> Live => Assignments.Where(a => a.State == AssignmentState.Queued || a.State == AssignmentState.Leased || a.State == AssignmentState.Parked);

    public DbSet<SpentLeaseRow> SpentLeases => Set<SpentLeaseRow>();

    public DbSet<FenceRow> Fences => Set<FenceRow>();

    public DbSet<AgentRow> Agents => Set<AgentRow>();

    public DbSet<ItemCopy> Items => Set<ItemCopy>();

    public DbSet<RigCopy> Rigs => Set<RigCopy>();

    public DbSet<NodeRow> Nodes => Set<NodeRow>();

    public DbSet<HandoffRow> Handoffs => Set<HandoffRow>();

    public DbSet<MailRow> Mail => Set<MailRow>();

    public DbSet<PauseRow> Pauses => Set<PauseRow>();

    public DbSet<StopRow> Stops => Set<StopRow>();

    public DbSet<CircuitRow> Circuits => Set<CircuitRow>();

    public DbSet<DispatchState> Dispatches => Set<DispatchState>();

    public DbSet<WaitingSlingRow> WaitingSlings => Set<WaitingSlingRow>();

    public DbSet<WispStepRow> WispSteps => Set<WispStepRow>();

    public DbSet<RecurringRow> Recurring => Set<RecurringRow>();

    protected override void OnModuleModelCreating(ModelBuilder model)
    {
        model.Entity<AssignmentRow>(Assignment);
        model.Entity<SpentLeaseRow>(e =>
        {
            e.ToTable("spent_leases").HasKey(x => x.TokenHash);
            e.Property(x => x.Result).HasJsonConversion(JsonSettings.Web);
        });
        model.Entity<FenceRow>(e => e.ToTable("fences").HasKey(x => x.WorkItemId));
        model.Entity<AgentRow>(e =>
        {
            e.ToTable("agents").HasKey(x => x.Id);
            e.HasIndex(x => new { x.RigId, x.Role });
            e.Property(x => x.Tags).HasJsonConversion();
            e.Property(x => x.Skills).HasJsonConversion();
            e.Property(x => x.Version).IsConcurrencyToken();
        });
        model.Entity<ItemCopy>(e =>
        {
            e.ToTable("item_copies").HasKey(x => x.Id);
            e.HasIndex(x => x.ParentId);
            e.HasIndex(x => x.State).HasFilter("state in ('hooked', 'in_progress', 'parked')");
            e.Property(x => x.Version).IsConcurrencyToken();
            e.Property(x => x.AcceptanceCommands).HasJsonConversion();
            e.Property(x => x.Snapshot).HasJsonConversion(JsonSettings.Web);
        });
        model.Entity<RigCopy>(e =>
        {
            e.ToTable("rig_copies").HasKey(x => x.Id);
            e.Property(x => x.Version).IsConcurrencyToken();
            e.Property(x => x.Snapshot).HasJsonConversion(JsonSettings.Web);
            e.Ignore(x => x.IsManaged);
        });
        model.Entity<WaitingSlingRow>(e =>
        {
            e.ToTable("waiting_slings").HasKey(x => new { x.WorkItemId, x.PlanId });
            e.Property(x => x.Command).HasJsonConversion(JsonSettings.Web);
        });
        model.Entity<WispStepRow>(e => e.ToTable("wisp_steps").HasKey(x => new { x.WorkItemId, x.StepId }));
        model.Entity<NodeRow>(e =>
        {
            e.ToTable("nodes").HasKey(x => x.NodeId);
            e.Property(x => x.LastSeenAt).IsConcurrencyToken();
            e.Property(x => x.Snapshot).HasJsonConversion(JsonSettings.Web);
        });
        model.Entity<HandoffRow>(e =>
        {
            e.ToTable("handoffs").HasKey(x => x.Id);
            e.HasIndex(x => new { x.State, x.CreatedAt });
            e.HasIndex(x => new { x.WorkItemId, x.CreatedAt });
            e.Property(x => x.Context).HasJsonConversion(JsonSettings.Web);
            e.Property(x => x.Version).IsConcurrencyToken();
        });
        model.Entity<MailRow>(e =>
        {
            e.ToTable("mail").HasKey(x => x.Id);
            e.HasIndex(x => new { x.To, x.SentAt });
            e.Property(x => x.Takes).IsConcurrencyToken();
        });
        model.Entity<PauseRow>(e => e.ToTable("pauses").HasKey(x => x.Scope));
        model.Entity<StopRow>(e =>
        {
            e.ToTable("stops").HasKey(x => x.Scope);
            e.Property(x => x.Id).ValueGeneratedNever();
        });
        model.Entity<CircuitRow>(e => e.ToTable("circuits").HasKey(x => new { x.RigId, x.Runtime }));
        model.Entity<RecurringRow>(e => e.ToTable("recurring").HasKey(x => x.Name));
        model.Entity<DispatchState>(e =>
        {
            e.ToTable("dispatches").IsSaga();
            e.HasIndex(x => new { x.CurrentState, x.RigId });
            e.Ignore(x => x.Verdict);
        });
    }

    static void Assignment(EntityTypeBuilder<AssignmentRow> e)
    {
        e.ToTable("assignments").HasKey(x => x.Id);
        e.HasIndex(x => x.WorkItemId, "ux_assignments_live").IsUnique().HasFilter(LiveStates);
        e.HasIndex(x => x.WorkItemId, "ix_assignments_work_item_id");
        e.HasIndex(x => new { x.HookId, x.State, x.Rank });
        e.HasIndex(x => x.LeaseHash).IsUnique();
        e.HasIndex(x => x.LeaseSlot).IsUnique();
        e.HasIndex(x => new { x.AgentId, x.State });
        e.HasIndex(x => new { x.RigId, x.State, x.Rank });
        e.HasIndex(x => x.DispatchedAt).HasFilter("dispatched_at is not null");
        e.HasIndex(x => x.RigId, "ix_assignments_waiting_runs").HasFilter("run is not null and state = 'queued'");
        e.Property(x => x.Run).HasJsonConversion(JsonSettings.Web);
        e.Property(x => x.Result).HasJsonConversion(JsonSettings.Web);
        e.Property(x => x.Version).IsConcurrencyToken();
    }
}

sealed class SqliteHookDbContext(DbContextOptions<SqliteHookDbContext> options) : HookDbContext(options);

sealed class PostgresHookDbContext(DbContextOptions<PostgresHookDbContext> options) : HookDbContext(options);

sealed class SqliteHookDesign : SqliteDesignTimeFactory<SqliteHookDbContext>;

sealed class PostgresHookDesign : PostgresDesignTimeFactory<PostgresHookDbContext>;
