using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Persistence;

/// <summary>
/// SQLite has one writer per file. Writers of this process queue here, in order, instead of polling on SQLITE_BUSY,
/// whose sleeps cost more than half of the throughput.
/// </summary>
public static class SqliteWriteGate
{
    // Keyed by file and not by host: two hosts in one process (tests) still share the file's one writer.
    static readonly ConcurrentDictionary<string, SemaphoreSlim> Gates = new();

    /// <summary>Nothing to wait for on PostgreSQL. Not reentrant: inside a transaction the gate is already held.</summary>
    public static async ValueTask<Pass> EnterWriteGateAsync(this ModuleDbContext db, CancellationToken ct)
    {
        if (!db.IsSqlite()) return default;
        var gate = Gates.GetOrAdd(db.Database.GetConnectionString()!, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(ct);
        return new Pass(gate);
    }

    public readonly struct Pass(SemaphoreSlim? gate) : IDisposable
    {
        public void Dispose() => gate?.Release();
    }
}
