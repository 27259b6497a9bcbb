using Xunit;

namespace ClaudeManage.Tests.Servers;

/// <summary>
/// The servers that <c>./test</c> has found or started. Where one is absent the test is skipped with the reason,
/// unless <c>CLAUDEMANAGE_TEST_REQUIRE</c> names it: then it fails, so that a whole run never leaves out a server in silence.
/// </summary>
public static class TestServers
{
    /// <summary>Connection string of a superuser, null when there is no PostgreSQL.</summary>
    public static string? Postgres => Environment("CLAUDEMANAGE_TEST_POSTGRES");

    /// <summary>amqp URI of a user that may administer, null when there is no RabbitMQ.</summary>
    public static string? RabbitMq => Environment("CLAUDEMANAGE_TEST_RABBITMQ");

    /// <summary>Base address of RabbitMQ's management API with user and password, null when it has none.</summary>
    public static string? RabbitMqManagement => Environment("CLAUDEMANAGE_TEST_RABBITMQ_MANAGEMENT");

    /// <summary>Stops, kills and starts PostgreSQL; null when it is not ours to stop.</summary>
    public static ServerControl? PostgresControl => ServerControl.FromEnvironment("CLAUDEMANAGE_TEST_POSTGRES_CTL");

    /// <summary>Stops, kills and starts RabbitMQ; null when it is not ours to stop.</summary>
    public static ServerControl? RabbitMqControl => ServerControl.FromEnvironment("CLAUDEMANAGE_TEST_RABBITMQ_CTL");

    public static string RequirePostgres() => Postgres ?? throw Absent("postgres", "CLAUDEMANAGE_TEST_POSTGRES");

    public static string RequireRabbitMq() => RabbitMq ?? throw Absent("rabbitmq", "CLAUDEMANAGE_TEST_RABBITMQ");

    public static ServerControl RequirePostgresControl()
    {
        RequirePostgres();
        return PostgresControl ?? throw NotOurs("postgres");
    }

    public static ServerControl RequireRabbitMqControl()
    {
        RequireRabbitMq();
        return RabbitMqControl ?? throw NotOurs("rabbitmq");
    }

    // Assert.Skip and Assert.Fail throw; their exceptions are passed on, so that a caller can write "?? throw".
    static Exception Absent(string server, string variable)
    {
        var required = (Environment("CLAUDEMANAGE_TEST_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries);
        return required.Contains(server)
            ? Record.Exception(() => Assert.Fail($"{server} is required (CLAUDEMANAGE_TEST_REQUIRE), but {variable} is not set"))!
            : Skipping($"no {server}: {variable} is not set (./test starts one)");
    }

    static Exception NotOurs(string server) => Skipping($"{server} was not started by ./test, so it is not ours to stop");

    static Exception Skipping(string reason) => Record.Exception(() => Assert.Skip(reason))!;

    internal static string? Environment(string name) =>
        System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
