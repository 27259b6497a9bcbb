using System.Text.Json;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Messaging;

/// <summary>The relay's statements. Ids travel as one parameter: a list of changing length would make EF plan every length anew.</summary>
static class OutboxReader
{
    /// <summary>Rows that are due, those written for now first, each kind in the order of its index; without those in flight.</summary>
    public static async Task<List<OutboxRow>> ReadDueAsync(this ModuleDbContext db, DateTimeOffset now, bool scheduled, long[] inFlight, int limit, bool lockRows, CancellationToken ct)
    {
        var rows = await ReadAsync(db, inFlight, limit, lockRows, "due_at = @due", OutboxRow.AtOnce, ct);
        if (scheduled) rows.AddRange(await ReadAsync(db, inFlight, limit, lockRows, "due_at <= @due and due_at > @once", now, ct));
        return rows;
    }

    static Task<List<OutboxRow>> ReadAsync(ModuleDbContext db, long[] inFlight, int limit, bool lockRows, string condition, DateTimeOffset due, CancellationToken ct)
    {
        var sqlite = db.IsSqlite();
        condition = condition.Replace("@due", "{0}", StringComparison.Ordinal).Replace("@once", "{3}", StringComparison.Ordinal);
        var notInFlight = sqlite ? "id not in (select value from json_each({1}))" : "id <> all({1})";
        var sql = $"select * from outbox where {condition} and {notInFlight} order by due_at, id limit {{2}}{(lockRows ? " for update skip locked" : "")}";
        object[] parameters = [Instant(db, due), sqlite ? JsonSerializer.Serialize(inFlight) : inFlight, limit, Instant(db, OutboxRow.AtOnce)];
        return db.Outbox.FromSqlRaw(sql, parameters).AsNoTracking().ToListAsync(ct);
    }

    public static Task DeleteAsync(this ModuleDbContext db, long[] ids, CancellationToken ct) => db.IsSqlite()
        ? db.Database.ExecuteSqlAsync($"delete from outbox where id in (select value from json_each({JsonSerializer.Serialize(ids)}))", ct)
        : db.Database.ExecuteSqlAsync($"delete from outbox where id = any({ids})", ct);

    public static Task<DateTimeOffset?> NextDueAsync(this ModuleDbContext db, DateTimeOffset now, CancellationToken ct) =>
        db.Outbox.Where(x => x.DueAt > now).OrderBy(x => x.DueAt).Select(x => (DateTimeOffset?)x.DueAt).FirstOrDefaultAsync(ct);

    // Raw SQL bypasses the model's conversion.
    public static object Instant(ModuleDbContext db, DateTimeOffset at) =>
        db.IsSqlite() ? (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond : at;
}
