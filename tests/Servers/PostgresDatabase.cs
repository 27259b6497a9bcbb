using Npgsql;

namespace ClaudeManage.Tests.Servers;

/// <summary>A database of its own for one test or fixture, dropped at the end with whoever is still connected.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    readonly string _server;

    PostgresDatabase(string server, string name)
    {
        _server = server;
        Name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    public string Name { get; }

    public string ConnectionString { get; }

    /// <summary>Skips or fails the test when there is no PostgreSQL (<see cref="TestServers"/>).</summary>
    public static async Task<PostgresDatabase> CreateAsync(CancellationToken ct = default)
    {
        var database = new PostgresDatabase(TestServers.RequirePostgres(), Unique.Name("cm"));
        await database.ExecuteOnServerAsync($"create database {database.Name}", ct);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        await using (var connection = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(connection);
        await ExecuteOnServerAsync($"drop database if exists {Name} with (force)", CancellationToken.None);
    }

    async Task ExecuteOnServerAsync(string sql, CancellationToken ct)
    {
        // No pool: after a test that killed the server, its connections would be dead ones.
        var administration = new NpgsqlConnectionStringBuilder(_server) { Pooling = false };
        await using var connection = new NpgsqlConnection(administration.ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
