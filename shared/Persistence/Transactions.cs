using System.Data;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ClaudeManage.Persistence;

public static class Transactions
{
    const int MaxAttempts = 10;

    /// <summary>
    /// Runs <paramref name="work"/> and SaveChanges in one transaction, or joins the running one. A conflict with another
    /// writer rolls back, forgets what was tracked and runs <paramref name="work"/> again, at most ten times: it must read
    /// what it needs inside and have no effect outside the database.
    /// </summary>
    public static async Task<T> TransactAsync<TDb, T>(this TDb db, Func<CancellationToken, Task<T>> work, CancellationToken ct) where TDb : ModuleDbContext
    {
        if (db.Database.CurrentTransaction is not null)
        {
            var joined = await work(ct);
            await db.SaveChangesAsync(ct);
            return joined;
        }
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await OnceAsync(db, work, ct);
                db.RunAfterCommit();
                return result;
            }
            catch (Exception e)
            {
                db.DropAfterCommit();
                db.ChangeTracker.Clear();
                if (attempt == MaxAttempts || !IsTransient(e)) throw;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 5 << Math.Min(attempt, 6))), ct);
        }
    }

    public static Task TransactAsync<TDb>(this TDb db, Func<CancellationToken, Task> work, CancellationToken ct) where TDb : ModuleDbContext =>
        db.TransactAsync(async token => { await work(token); return true; }, ct);

    static async Task<T> OnceAsync<T>(ModuleDbContext db, Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        using var pass = await db.EnterWriteGateAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var result = await work(ct);
        await db.SaveChangesAsync(ct);
        await db.CommitAsync(transaction);
        return result;
    }

    /// <summary>
    /// Begins to read: until it is disposed, whatever is asked is answered as of one moment. It holds up nobody who writes, and nothing can
    /// be written through it.
    /// </summary>
    public static async Task<IAsyncDisposable> BeginViewAsync(this ModuleDbContext db, CancellationToken ct)
    {
        if (!db.IsSqlite()) return await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await db.Database.OpenConnectionAsync(ct);
        // Not deferred it would take the place of the one writer.
        var transaction = ((SqliteConnection)db.Database.GetDbConnection()).BeginTransaction(deferred: true);
        return new View((await db.Database.UseTransactionAsync(transaction, ct))!, transaction);
    }

    /// <summary>EF ends only what it began itself.</summary>
    sealed class View(IAsyncDisposable use, SqliteTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await use.DisposeAsync();
            await transaction.DisposeAsync();
        }
    }

    /// <summary>Inside a transaction: nobody else with the same name passes until it ends. SQLite has one writer anyway.</summary>
    public static async Task LockAsync(this ModuleDbContext db, string name, CancellationToken ct)
    {
        if (db.Database.CurrentTransaction is null) throw new InvalidOperationException("A lock lives as long as a transaction; there is none.");
        if (db.IsSqlite()) return;
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({LockKey(name)})", ct);
    }

    /// <summary>As <see cref="LockAsync"/> for many, in one statement and in one order for everybody, so that nobody waits for each other in a circle.</summary>
    public static async Task LockAllAsync(this ModuleDbContext db, IEnumerable<string> names, CancellationToken ct)
    {
        if (db.Database.CurrentTransaction is null) throw new InvalidOperationException("A lock lives as long as a transaction; there is none.");
        var keys = names.Select(LockKey).Distinct().Order().ToArray();
        if (db.IsSqlite() || keys.Length == 0) return;
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(key) from (select key from unnest({keys}) as k(key) order by key) as ordered", ct);
    }

    internal static long LockKey(string name) =>
        BitConverter.ToInt64(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name)), 0);

    public static bool IsSqlite(this ModuleDbContext db) => db.Database.ProviderName == "Microsoft.EntityFrameworkCore.Sqlite";

    /// <summary>The row exists already (primary key or unique index).</summary>
    public static bool IsUniqueViolation(Exception e) => Find(e) switch
    {
        // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID
        SqliteException s => s.SqliteExtendedErrorCode is 1555 or 2067 or 2579,
        PostgresException p => p.SqlState == PostgresErrorCodes.UniqueViolation,
        _ => false,
    };

    /// <summary>Another writer was in the way; the same work is expected to succeed when run again.</summary>
    public static bool IsTransient(Exception e) => e is DbUpdateConcurrencyException || Find(e) switch
    {
        // SQLITE_BUSY, SQLITE_LOCKED
        SqliteException s => s.SqliteErrorCode is 5 or 6,
        PostgresException p => p.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected,
        _ => e.InnerException is DbUpdateConcurrencyException,
    };

    /// <summary>The database is away, full or broken: nothing is wrong with the values, and later they may well be taken.</summary>
    public static bool IsOutage(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                // Class 22 is data, 23 constraints.
                case PostgresException p: return p.SqlState[..2] is not ("22" or "23");
                // SQLITE_TOOBIG, _CONSTRAINT, _MISMATCH, _RANGE
                case SqliteException s: return s.SqliteErrorCode is not (18 or 19 or 20 or 25);
                case NpgsqlException or TimeoutException or IOException: return true;
            }
        }
        return false;
    }

    /// <summary>The database did not answer, or broke off in the middle: whether the work was done is not known.</summary>
    public static bool IsUnreachable(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is System.Data.Common.DbException { IsTransient: true }) return true;
        return false;
    }

    static Exception? Find(Exception? e)
    {
        while (e is not null and not SqliteException and not PostgresException) e = e.InnerException;
        return e;
    }
}
