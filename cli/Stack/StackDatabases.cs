using Npgsql;

namespace ClaudeManage.Cli.Stack;

/// <summary>A stack's databases on a PostgreSQL server: one per service, owned by a role that may connect to no other.</summary>
/// <param name="administration">Connection string of a role that may make roles and databases.</param>
sealed class StackDatabases(string administration, string prefix)
{
    /// <summary>Of a database, and of the role that owns it.</summary>
    public string Name(string service) => $"{prefix}_{service}";

    /// <summary>Makes what is missing and sets the passwords; repeatable.</summary>
    public async Task PrepareAsync(IReadOnlyDictionary<string, string> passwords, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        foreach (var service in StackServices.Replicated)
        {
            var name = Quoted(Name(service));
            if (!await ExistsAsync(connection, "pg_roles where rolname", Name(service), ct)) await RunAsync(connection, $"create role {name}", ct);
            await RunAsync(connection, $"alter role {name} login nosuperuser nocreatedb nocreaterole connection limit -1 password '{passwords[service]}'", ct);
            if (await ExistsAsync(connection, "pg_database where datname", Name(service), ct)) continue;
            // A role that is no superuser must be a member of the role it gives a database to.
            await RunAsync(connection, $"grant {name} to current_user", ct);
            await RunAsync(connection, $"create database {name} owner {name}", ct);
            await RunAsync(connection, $"revoke connect, temporary on database {name} from public", ct);
        }
    }

    /// <summary>Removes them, with whoever is connected.</summary>
    public async Task RemoveAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        foreach (var service in StackServices.Replicated)
        {
            await RunAsync(connection, $"drop database if exists {Quoted(Name(service))} with (force)", ct);
            await RunAsync(connection, $"drop role if exists {Quoted(Name(service))}", ct);
        }
    }

    /// <summary>What a replica of a service connects with.</summary>
    /// <param name="pool">Connections at most.</param>
    public string ConnectionString(string service, string password, int pool) => new NpgsqlConnectionStringBuilder
    {
        Host = new NpgsqlConnectionStringBuilder(administration).Host,
        Port = new NpgsqlConnectionStringBuilder(administration).Port,
        Username = Name(service),
        Password = password,
        Database = Name(service),
        MaxPoolSize = pool,
        ApplicationName = $"claudemanage {service}",
    }.ConnectionString;

    /// <summary>One statement as the administrator.</summary>
    public async Task RunAsync(string sql, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await RunAsync(connection, sql, ct);
    }

    async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(administration) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            throw new CommandFailedException(ExitCodes.NotReachable, $"PostgreSQL at {connection.DataSource} cannot be used: {e.Message}");
        }
    }

    static async Task<bool> ExistsAsync(NpgsqlConnection connection, string where, string name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select 1 from {where} = $1", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = name });
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        try { await command.ExecuteNonQueryAsync(ct); }
        catch (PostgresException e) { throw new CommandFailedException(ExitCodes.Refused, $"PostgreSQL refuses: {e.MessageText} ({e.SqlState}). The role needs to be able to make databases and roles."); }
    }

    // Names are ours and hold letters, digits and underlines only; passwords are hexadecimal. Neither can be a parameter of such statements.
    static string Quoted(string name) => $"\"{name}\"";
}
