using ClaudeManage.Messaging;
using ClaudeManage.MessagingTests;
using ClaudeManage.Persistence;

namespace ClaudeManage.Containers;

/// <summary>Everything that the bus promises, on the images that Compose runs.</summary>
public sealed class RabbitMqOnPostgresInContainers(ContainerServers servers) : MessagingCompliance(BusTransport.RabbitMq, DatabaseProvider.Postgres)
{
    /// <inheritdoc />
    public override ValueTask InitializeAsync()
    {
        servers.Require();
        return base.InitializeAsync();
    }
}
