using Npgsql;

namespace ClaudeManage.Bench;

/// <summary>
/// The town as <c>cm stack up</c> runs it, one node included. Started by the first benchmark that asks for it and kept for the next one; asked for
/// another number of replicas it is started anew on the same databases.
/// </summary>
sealed class StackUnderTest(BenchContext context) : IAsyncDisposable
{
    /// <summary>Begins the names of databases and of the virtual host.</summary>
    const string Prefix = "cmbench";

    readonly string _directory = Path.Combine(Path.GetTempPath(), $"cm-bench-stack-{Environment.ProcessId}");
    BenchServers? _servers;
    BrokerCounts? _messages;
    BenchTown? _town;
    int _replicas;

    /// <summary>Once the town was asked for.</summary>
    public BenchServers Servers => _servers ?? throw new InvalidOperationException("Ask for the town first.");

    /// <summary>The suite's messages; settled when nothing is on its way any more.</summary>
    public BrokerCounts Messages => _messages ??= new BrokerCounts(Servers.Management, Prefix, context.Clock);

    /// <summary>The town, ready, with so many replicas of each service.</summary>
    public async Task<BenchTown> TownAsync(int replicas, CancellationToken ct)
    {
        if (_town is not null && _replicas == replicas) return _town;
        await StopAsync();
        _servers ??= await BenchServers.StartAsync(context.ProgramDirectory, ct);
        // On a slow machine a sling shall wait for its item rather than be refused.
        (string, string)[] settings = [.. Servers.Settings, ("CM_STACK_PREFIX", Prefix), ("Hook__UnknownItemWaitMilliseconds", "30000"), .. BenchContext.WithoutLimits];
        _town = await context.StartAsync(["stack", "up", "--replicas", $"{replicas}", "--supervisors", "1"], _directory, settings, ct);
        _replicas = replicas;
        return _town;
    }

    /// <summary>A new, empty database on the server of the suite, for a reference; its connection string.</summary>
    public async Task<string> DatabaseAsync(string name, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(Servers.Postgres);
        await connection.OpenAsync(ct);
        foreach (var sql in new[] { $"drop database if exists {Prefix}_{name} with (force)", $"create database {Prefix}_{name}" })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(ct);
        }
        return new NpgsqlConnectionStringBuilder(Servers.Postgres) { Database = $"{Prefix}_{name}" }.ConnectionString;
    }

    /// <summary>Raw SQL in a new database.</summary>
    public async Task<RawSql> RawSqlAsync(CancellationToken ct)
    {
        var database = new NpgsqlConnectionStringBuilder(await DatabaseAsync("raw", ct)) { Pooling = false }.ConnectionString;
        return await RawSql.OpenAsync(ConnectAsync, "bigint generated always as identity primary key", LeaseWork.Clients, ct);

        async Task<System.Data.Common.DbConnection> ConnectAsync(CancellationToken token)
        {
            var connection = new NpgsqlConnection(database);
            await connection.OpenAsync(token);
            return connection;
        }
    }

    async Task StopAsync()
    {
        if (_town is not null) await _town.DisposeAsync();
        _town = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _messages?.Dispose();
        if (_servers is null) return;
        if (!_servers.ArePrivate && Directory.Exists(_directory))
        {
            using var delete = context.Run(["stack", "down", "--delete", "--data", _directory], []);
            await delete.WaitForExitAsync();
            foreach (var database in new[] { "raw", "peers" }) await DropAsync(database);
        }
        await _servers.DisposeAsync();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    async Task DropAsync(string name)
    {
        await using var connection = new NpgsqlConnection(Servers.Postgres);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"drop database if exists {Prefix}_{name} with (force)", connection);
        await command.ExecuteNonQueryAsync();
    }
}
