using ClaudeManage.Containers;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Images;
using Testcontainers.PostgreSql;
using Testcontainers.RabbitMq;

[assembly: AssemblyFixture(typeof(ContainerServers))]

namespace ClaudeManage.Containers;

/// <summary>
/// PostgreSQL and RabbitMQ in containers, once for all tests of this assembly, which find them where they would find those that
/// ./test starts: in the environment.
/// </summary>
public sealed class ContainerServers : IAsyncLifetime
{
    PostgreSqlContainer? _postgres;
    RabbitMqContainer? _rabbitMq;
    Engine _engine = new("not looked yet");

    /// <summary>Skips the test, with the reason, where there are no containers.</summary>
    public void Require()
    {
        if (_engine.Reason is { } reason) Assert.Skip(reason);
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        _engine = await Engine.LookAsync("docker", ct);
        if (_engine.Reason is not null) return;
        if (_engine.IsOld && Environment.GetEnvironmentVariable(ApiVersion) is null) Environment.SetEnvironmentVariable(ApiVersion, _engine.Api);
        // The reaper is one more image. What is started here is ended here; after a kill of the tests `docker ps` shows what is left.
        TestcontainersSettings.ResourceReaperEnabled = false;
        _postgres = new PostgreSqlBuilder(_engine.Postgres).WithImagePullPolicy(PullPolicy.Never).WithCommand("-c", "max_connections=300").Build();
        _rabbitMq = new RabbitMqBuilder(_engine.RabbitMq).WithImagePullPolicy(PullPolicy.Never).WithPortBinding(ManagementPort, assignRandomHostPort: true).Build();
        await Task.WhenAll(_postgres.StartAsync(ct), _rabbitMq.StartAsync(ct));
        var broker = new Uri(_rabbitMq.GetConnectionString());
        Environment.SetEnvironmentVariable("CLAUDEMANAGE_TEST_POSTGRES", _postgres.GetConnectionString());
        Environment.SetEnvironmentVariable("CLAUDEMANAGE_TEST_RABBITMQ", broker.ToString());
        Environment.SetEnvironmentVariable("CLAUDEMANAGE_TEST_RABBITMQ_MANAGEMENT", $"http://{broker.UserInfo}@{broker.Host}:{_rabbitMq.GetMappedPublicPort(ManagementPort)}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_rabbitMq is not null) await _rabbitMq.DisposeAsync();
    }

    const string ApiVersion = "DOCKER_API_VERSION";
    const int ManagementPort = 15672;
}
