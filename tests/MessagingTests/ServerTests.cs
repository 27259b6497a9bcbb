using System.Net.Sockets;
using ClaudeManage.Tests.Servers;
using Npgsql;

namespace ClaudeManage.MessagingTests;

/// <summary>The servers that ./test gives: each test has its own room on them, and a crash test can take them down.</summary>
public class ServerTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_is_there_and_then_gone_with_its_connections()
    {
        string connectionString;
        await using (var database = await PostgresDatabase.CreateAsync(Ct))
        {
            connectionString = database.ConnectionString;
            Assert.Equal(1, await ScalarAsync(connectionString, "select 1"));
        }

        var gone = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connectionString, "select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, gone.SqlState);
    }

    [Fact]
    public async Task A_virtual_host_of_its_own()
    {
        await using var one = await RabbitVhost.CreateAsync(Ct);
        await using var two = await RabbitVhost.CreateAsync(Ct);
        if (one.IsOwn)
            Assert.NotEqual(one.Uri, two.Uri);
        else
            Assert.NotEqual(one.Prefix, two.Prefix);
        Assert.True(await ListensAsync(one.Uri.Host, one.Uri.Port));
    }

    internal static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Ct);
    }

    internal static async Task<bool> ListensAsync(string host, int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, Ct);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>Nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(TakesServersDown), DisableParallelization = true)]
public class TakesServersDown;

[Collection(nameof(TakesServersDown))]
public class ServerCrashTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PostgreSQL_comes_back_from_a_kill_with_what_was_committed()
    {
        var control = TestServers.RequirePostgresControl();
        await using var database = await PostgresDatabase.CreateAsync(Ct);
        await ServerTests.ScalarAsync(database.ConnectionString, "create table kept as select 42 as answer");

        try
        {
            await control.KillAsync(Ct);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => ServerTests.ScalarAsync(database.ConnectionString, "select 1"));
        }
        finally
        {
            await control.StartAsync(CancellationToken.None);
        }

        await Eventually.TrueAsync(async () => Equals(42, await ServerTests.ScalarAsync(database.ConnectionString, "select answer from kept")),
            TimeSpan.FromSeconds(60), "the committed row is back", Ct);
    }

    [Fact]
    public async Task RabbitMQ_comes_back_from_a_kill_with_its_virtual_hosts()
    {
        var control = TestServers.RequireRabbitMqControl();
        await using var vhost = await RabbitVhost.CreateAsync(Ct);

        try
        {
            await control.KillAsync(Ct);
            Assert.False(await ServerTests.ListensAsync(vhost.Uri.Host, vhost.Uri.Port));
        }
        finally
        {
            await control.StartAsync(CancellationToken.None);
        }

        Assert.Contains(vhost.Name, await control.RunAsync(Ct, "ctl", "list_vhosts"));
    }
}
