using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ClaudeManage.MessagingTests;

/// <summary>Looks at the broker from outside.</summary>
static class RabbitQueues
{
    /// <summary>Messages ready in a queue; 0 as long as there is no such queue.</summary>
    public static async Task<int> CountAsync(string broker, string queue)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        try { return (int)(await channel.QueueDeclarePassiveAsync(queue, ct)).MessageCount; }
        catch (OperationInterruptedException) { return 0; }
    }
}
