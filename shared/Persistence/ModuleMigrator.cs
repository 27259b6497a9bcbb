using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace ClaudeManage.Persistence;

/// <summary>
/// Applies pending migrations. SQLite: the file is first copied to <c>&lt;file&gt;.before-&lt;migration&gt;</c>.
/// PostgreSQL: under an advisory lock, so that several hosts may start at once.
/// </summary>
static class ModuleMigrator
{
    public static Task MigrateAsync(ModuleDbContext db, CancellationToken ct) => db.IsSqlite() ? SqliteAsync(db, ct) : PostgresAsync(db, ct);

    static async Task SqliteAsync(ModuleDbContext db, CancellationToken ct)
    {
        var pending = (await db.Database.GetPendingMigrationsAsync(ct)).FirstOrDefault();
        if (pending is null) return;
        var file = new SqliteConnectionStringBuilder(db.Database.GetConnectionString()).DataSource;
        if (File.Exists(file) && new FileInfo(file).Length > 0) await CopyAsideAsync(db, $"{file}.before-{pending}", ct);
        using var pass = await db.EnterWriteGateAsync(ct);
        await db.Database.MigrateAsync(ct);
    }

    // A copy of the file alone would miss what is still in its write-ahead log.
    static async Task CopyAsideAsync(ModuleDbContext db, string target, CancellationToken ct)
    {
        var unfinished = target + ".tmp";
        File.Delete(unfinished);
        await db.Database.ExecuteSqlAsync($"vacuum into {unfinished}", ct);
        File.Move(unfinished, target, overwrite: true);
    }

    static async Task PostgresAsync(ModuleDbContext db, CancellationToken ct)
    {
        var creator = db.GetService<IRelationalDatabaseCreator>();
        if (!await creator.ExistsAsync(ct)) await creator.CreateAsync(ct);
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            await db.Database.ExecuteSqlAsync($"select pg_advisory_lock({Transactions.LockKey("migrate")})", ct);
            await db.Database.MigrateAsync(ct);
            await db.Database.ExecuteSqlAsync($"select pg_advisory_unlock({Transactions.LockKey("migrate")})", CancellationToken.None);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }
}
