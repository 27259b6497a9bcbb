using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ClaudeManage.MessagingTests;

/// <summary>Looks at the broker from outside.</summary>
static class RabbitQueues
{
    public static async Task<bool> ExistsAsync(string broker, string queue)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        try
        {
            await channel.QueueDeclarePassiveAsync(queue, ct);
            return true;
        }
        catch (OperationInterruptedException) { return false; }
    }

    /// <summary>Puts something into a queue of ours that came from nobody of ours.</summary>
    public static async Task SendAsync(string broker, string queue, string body)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(ct);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), ct);
        await channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { ContentType = "application/vnd.masstransit+json" }, Encoding.UTF8.GetBytes(body), ct);
    }
}
