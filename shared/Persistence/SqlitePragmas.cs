using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ClaudeManage.Persistence;

sealed class SqlitePragmas(string synchronous) : DbConnectionInterceptor
{
    // The pool hands native handles from connection to connection and pragmas stay with the handle.
    readonly ConditionalWeakTable<object, object> _set = [];
    readonly string _sql = $"pragma journal_mode=wal; pragma synchronous={synchronous}; pragma foreign_keys=on; pragma busy_timeout=10000;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply((SqliteConnection)connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply((SqliteConnection)connection);
        return Task.CompletedTask;
    }

    void Apply(SqliteConnection connection)
    {
        if (!_set.TryAdd(connection.Handle!, this)) return;
        using var command = connection.CreateCommand();
        command.CommandText = _sql;
        command.ExecuteNonQuery();
    }
}
