using System.Data.Common;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Persistence;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ClaudeManage.Hook.Data;

/// <summary>Who takes a lease, and how.</summary>
/// <param name="Slot">Unique while the lease lives; null when its holder may have several.</param>
sealed record LeaseTaker(string Holder, string? Slot, string HookId, bool Supervised);

/// <summary>
/// The statements in which leases are granted and renewed: one each, so that two workers cannot both win. PostgreSQL skips
/// rows another claim has locked; SQLite has one writer, whose transaction begins immediate.
/// </summary>
static class LeaseSql
{
    // A step's command is for a supervisor that was told to run it, and for nobody who comes by.
    const string Next = "hook_id = @hook and state = 'queued' and not held and run is null and session_id is null and (not_before is null or not_before <= @now)";
    const string Named = "id = @assignment and hook_id = @hook and state = 'queued' and not held and run is null and session_id is null";
    // A node that crashed before it noted its token asks again for the same session: it gets a new lease, and the lost token dies with the old fence.
    const string Dispatched = "id = @assignment and hook_id = @hook and state in ('queued', 'leased') and session_id = @session";
    const string Handed = "id = @assignment and state in ('queued', 'parked') and run is null and session_id is null";

    // Part of the statement, so that no lease is granted beside an emergency stop. The first is answered once, not for each row.
    const string NotStopped = """
        not exists (select 1 from stops where scope = 'town')
        and not exists (select 1 from stops where scope = 'rig:' || assignments.rig_id) and not exists (select 1 from stops where scope = 'convoy:' || assignments.convoy_id)
        """;

    /// <summary>The next of a hook; null when there is none.</summary>
    public static Task<AssignmentRow?> TakeNextAsync(this HookDbContext db, string hookId, LeaseTaker taker, LeaseToken token, DateTimeOffset now, CancellationToken ct) =>
        TakeAsync(db, $"{Next} and {NotStopped} order by rank limit 1", taker, token, now, ct, Text("@hook", hookId));

    /// <summary>This assignment, if it is queued and meant for this session.</summary>
    public static Task<AssignmentRow?> TakeAsync(this HookDbContext db, Guid assignmentId, Guid? sessionId, string hookId, LeaseTaker taker, LeaseToken token, DateTimeOffset now, CancellationToken ct) =>
        sessionId is { } session
            ? TakeAsync(db, $"{Dispatched} and {NotStopped}", taker, token, now, ct, ("@assignment", assignmentId), Text("@hook", hookId), ("@session", session))
            : TakeAsync(db, $"{Named} and {NotStopped}", taker, token, now, ct, ("@assignment", assignmentId), Text("@hook", hookId));

    /// <summary>This assignment, queued or parked, for a handoff that is taken up.</summary>
    public static Task<AssignmentRow?> TakeHandedAsync(this HookDbContext db, Guid assignmentId, LeaseTaker taker, LeaseToken token, DateTimeOffset now, CancellationToken ct) =>
        TakeAsync(db, $"{Handed} and {NotStopped}", taker, token, now, ct, ("@assignment", assignmentId));

    static async Task<AssignmentRow?> TakeAsync(
        HookDbContext db, string where, LeaseTaker taker, LeaseToken token, DateTimeOffset now, CancellationToken ct, params (string Name, object Value)[] more)
    {
        var sqlite = db.IsSqlite();
        var ttl = taker.Supervised ? "supervised_seconds" : "bare_seconds";
        var sql = $"""
            update assignments set state = 'leased', hook_id = @holderHook, agent_id = @holder, lease_hash = @hash, lease_holder = @holder, lease_slot = @slot,
                leased_at = @now, lease_seconds = {ttl}, lease_until = {Until(sqlite, ttl)}, fence = fence + 1, revision = revision + 1, version = version + 1,
                branch = 'cm/' || work_item_id || '/' || (fence + 1), held = {(sqlite ? "0" : "false")}, not_before = null
            where id = (select id from assignments where {where}{(sqlite ? "" : " for update skip locked")})
            returning *
            """;
        (string, object)[] values =
        [
            Text("@holder", taker.Holder), Text("@holderHook", taker.HookId), Text("@hash", token.Hash), ("@slot", (object?)taker.Slot ?? DBNull.Value), ("@now", At(sqlite, now)), .. more,
        ];
        var taken = await db.Assignments.FromSqlRaw(sql, Parameters(sqlite, values)).ToListAsync(ct);
        if (taken is not [var row]) return null;
        await db.Database.ExecuteSqlAsync(
            $"insert into fences (work_item_id, fence) values ({row.WorkItemId}, {row.Fence}) on conflict (work_item_id) do update set fence = excluded.fence", ct);
        return row;
    }

    /// <summary>Extends every lease of these that is still the item's newest and was not taken back; one statement, no event.</summary>
    public static Task<List<AssignmentRow>> RenewAsync(this HookDbContext db, IReadOnlyList<string> hashes, DateTimeOffset now, CancellationToken ct)
    {
        var sqlite = db.IsSqlite();
        var names = Enumerable.Range(0, hashes.Count).Select(i => $"@h{i}").ToList();
        var sql = $"update assignments set lease_until = {Until(sqlite, "lease_seconds")} where state = 'leased' and lease_hash in ({string.Join(", ", names)}) returning *";
        var values = names.Select((name, i) => Text(name, hashes[i])).Append(("@now", At(sqlite, now))).ToArray();
        return db.Assignments.FromSqlRaw(sql, Parameters(sqlite, values)).AsNoTracking().ToListAsync(ct);
    }

    static string Until(bool sqlite, string seconds) => sqlite ? $"@now + {seconds} * 1000000" : $"@now + {seconds} * interval '1 second'";

    static object At(bool sqlite, DateTimeOffset at) => sqlite ? (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond : at;

    static (string, object) Text(string name, string value) => (name, value);

    static object[] Parameters(bool sqlite, (string Name, object Value)[] values) =>
        [.. values.Select(v => (DbParameter)(sqlite
            ? new SqliteParameter(v.Name, v.Value)
            : v.Value is DBNull ? new NpgsqlParameter(v.Name, NpgsqlTypes.NpgsqlDbType.Text) { Value = v.Value }
            : new NpgsqlParameter(v.Name, v.Value)))];
}
