using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Persistence;

/// <summary>
/// SQLite has one writer per file. Writers of this process queue here instead of polling on SQLITE_BUSY, whose sleeps cost
/// more than half of the throughput.
/// </summary>
public static class SqliteWriteGate
{
    // Keyed by file and not by host: two hosts in one process (tests) still share the file's one writer.
    static readonly ConcurrentDictionary<string, WriteGate> Gates = new();

    /// <summary>Nothing to wait for on PostgreSQL. Not reentrant: inside a transaction the gate is already held.</summary>
    /// <param name="patient">Lets those pass first behind whom somebody waits for an answer: for messages and housekeeping.</param>
    public static async ValueTask<Pass> EnterWriteGateAsync(this ModuleDbContext db, CancellationToken ct, bool patient = false)
    {
        if (!db.IsSqlite()) return default;
        var gate = Gates.GetOrAdd(db.Database.GetConnectionString()!, _ => new WriteGate());
        await gate.EnterAsync(patient, ct);
        return new Pass(gate);
    }

    public readonly struct Pass(WriteGate? gate) : IDisposable
    {
        public void Dispose() => gate?.Leave();
    }
}
