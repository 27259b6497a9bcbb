using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ClaudeManage.Persistence;

/// <summary>
/// A module's database: its own tables and the ground's (outbox, inbox, dead_letters, idempotency), so that a change
/// of state and the messages it causes commit together.
/// </summary>
public abstract class ModuleDbContext : DbContext
{
    List<Action>? _afterCommit;
    HashSet<(string Channel, string Payload)>? _notices;

    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();
    public DbSet<InboxRow> Inbox => Set<InboxRow>();
    public DbSet<DeadLetterRow> DeadLetters => Set<DeadLetterRow>();
    public DbSet<IdempotencyRow> Idempotency => Set<IdempotencyRow>();

    // A failed SaveChanges ends its transaction, always: a savepoint before each would be two statements for nothing.
    protected ModuleDbContext(DbContextOptions options) : base(options) => Database.AutoSavepointsEnabled = false;

    protected abstract void OnModuleModelCreating(ModelBuilder model);

    protected sealed override void OnModelCreating(ModelBuilder modelBuilder)
    {
        GroundTables.Map(modelBuilder);
        OnModuleModelCreating(modelBuilder);
        ModelConventions.Apply(modelBuilder, this.IsSqlite());
    }

    /// <summary>Runs <paramref name="action"/> once, after the surrounding transaction (or the next SaveChanges) has committed; dropped on rollback.</summary>
    public void AfterCommit(Action action) => (_afterCommit ??= []).Add(action);

    /// <summary>PostgreSQL: NOTIFY as part of the surrounding transaction (or the next SaveChanges), each text once.</summary>
    public void NotifyOnCommit(string channel, string payload) => (_notices ??= []).Add((channel, payload));

    internal void DropAfterCommit()
    {
        _afterCommit?.Clear();
        _notices?.Clear();
    }

    /// <summary>The one way to commit. A cancelled commit would leave the caller not knowing, so it is never cancelled.</summary>
    internal async Task CommitAsync(IDbContextTransaction transaction)
    {
        if (_notices is { Count: > 0 } notices)
        {
            foreach (var (channel, payload) in notices) await Database.ExecuteSqlAsync($"select pg_notify({channel}, {payload})");
            notices.Clear();
        }
        await transaction.CommitAsync(CancellationToken.None);
    }

    internal void RunAfterCommit()
    {
        if (_afterCommit is not { Count: > 0 } actions) return;
        _afterCommit = null;
        foreach (var action in actions) action();
    }

    /// <summary>Outside a transaction this is one: it queues at the file's write gate and runs the AfterCommit actions.</summary>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (Database.CurrentTransaction is not null) return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        int rows;
        using (await this.EnterWriteGateAsync(cancellationToken))
            rows = await SaveAsync(acceptAllChangesOnSuccess, cancellationToken);
        RunAfterCommit();
        return rows;
    }

    async Task<int> SaveAsync(bool acceptAllChangesOnSuccess, CancellationToken ct)
    {
        if (_notices is not { Count: > 0 }) return await base.SaveChangesAsync(acceptAllChangesOnSuccess, ct);
        await using var transaction = await Database.BeginTransactionAsync(ct);
        var rows = await base.SaveChangesAsync(acceptAllChangesOnSuccess, ct);
        await CommitAsync(transaction);
        return rows;
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess) =>
        throw new NotSupportedException("Use SaveChangesAsync: the write gate of a SQLite file is awaited, not blocked on.");

    // A pooled context outlives its scope; actions that never committed must not run in somebody else's.
    public override void Dispose()
    {
        DropAfterCommit();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    public override ValueTask DisposeAsync()
    {
        DropAfterCommit();
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }
}
