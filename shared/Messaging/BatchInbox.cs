using System.Text.Json;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Messaging;

/// <summary>
/// The inbox rows of a whole batch, written by one statement before its first message; rides on each of its deliveries.
/// </summary>
sealed class BatchInbox
{
    readonly HashSet<Guid> _fresh;

    BatchInbox(HashSet<Guid> fresh) => _fresh = fresh;

    /// <summary>True once per message that was not known: the same message twice in one batch has one effect.</summary>
    public bool TakeFresh(Guid messageId) => _fresh.Remove(messageId);

    /// <summary>In the running transaction.</summary>
    public static async Task<BatchInbox> WriteAsync(ModuleDbContext db, string consumer, IEnumerable<Guid> messageIds, DateTimeOffset now, CancellationToken ct)
    {
        var sqlite = db.IsSqlite();
        // As text, and in SQLite's case in capitals: so does its provider write a Guid.
        object ids = sqlite ? JsonSerializer.Serialize(messageIds.Select(x => x.ToString("D").ToUpperInvariant())) : messageIds.ToArray();
        var source = sqlite ? "select value as id from json_each({0})" : "select unnest({0}) as id";
        var sql = $"insert into inbox (message_id, consumer, received_at) select id, {{1}}, {{2}} from ({source}) as batch where true on conflict do nothing returning message_id as \"Value\"";
        object[] parameters = [ids, consumer, OutboxReader.Instant(db, now)];
        return new BatchInbox([.. await db.Database.SqlQueryRaw<Guid>(sql, parameters).ToListAsync(ct)]);
    }
}
