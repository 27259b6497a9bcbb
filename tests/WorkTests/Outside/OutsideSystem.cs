using System.Text;
using ClaudeManage.Tests.Servers;
using RabbitMQ.Client;

namespace ClaudeManage.WorkTests.Outside;

/// <summary>
/// An outside system: it knows RabbitMQ and docs/outside.md, whose examples in C# stand here between the marks, word for word.
/// </summary>
sealed class OutsideSystem : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;

    OutsideSystem(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public static async Task<OutsideSystem> ConnectAsync(string uri, CancellationToken ct)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(uri) }.CreateConnectionAsync(ct);
        return new OutsideSystem(connection, await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), ct));
    }

    public async Task SendCloudEventAsync(string json)
    {
        var channel = _channel;
        // example: a CloudEvent
        await channel.BasicPublishAsync("claudemanage.work", routingKey: "jira", mandatory: true,
            new BasicProperties { ContentType = "application/cloudevents+json", DeliveryMode = DeliveryModes.Persistent },
            Encoding.UTF8.GetBytes(json));
        // end
    }

    public async Task SendBareAsync(string json, string type, string? id)
    {
        var channel = _channel;
        // example: a bare body
        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent };
        properties.AppId = "ci";                                  // becomes the actor external/ci
        properties.Type = type;                                   // claudemanage.work-item.create
        if (id is not null) properties.MessageId = id;            // the same whenever it is sent again
        await channel.BasicPublishAsync("claudemanage.work", routingKey: "ci", mandatory: true, properties, Encoding.UTF8.GetBytes(json));
        // end
    }

    public Task SendBytesAsync(byte[] body, BasicProperties properties) =>
        _channel.BasicPublishAsync("claudemanage.work", "x", mandatory: true, properties, body).AsTask();

    public async Task<string> ListenAsync(string pattern)
    {
        var channel = _channel;
        // example: a reader
        var queue = (await channel.QueueDeclareAsync("my-reader", durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-queue-type"] = "quorum" })).QueueName;
        await channel.QueueBindAsync(queue, "claudemanage.events", pattern);      // work.work-item.#, or #.shop, or #
        // end
        return queue;
    }

    /// <summary>The next messages of a queue, in their order.</summary>
    public async Task<IReadOnlyList<BasicGetResult>> ReadAsync(string queue, int count, CancellationToken ct)
    {
        var read = new List<BasicGetResult>();
        await Eventually.TrueAsync(async () =>
        {
            while (read.Count < count && await _channel.BasicGetAsync(queue, autoAck: true, ct) is { } message) read.Add(message);
            return read.Count >= count;
        }, TimeSpan.FromSeconds(30), $"{count} messages in {queue}, so far {read.Count}", ct);
        return read;
    }

    public async Task<uint> CountAsync(string queue, CancellationToken ct) => (await _channel.QueueDeclarePassiveAsync(queue, ct)).MessageCount;

    public Task DeleteQueueAsync(string queue, CancellationToken ct) => _channel.QueueDeleteAsync(queue, cancellationToken: ct);

    public Task EventuallyThereAsync(string queue, CancellationToken ct) => Eventually.TrueAsync(async () =>
    {
        // A failed passive declaration closes its channel.
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: ct);
        return (await channel.QueueDeclarePassiveAsync(queue, ct)).ConsumerCount > 0;
    }, TimeSpan.FromSeconds(30), $"{queue} declared and consumed", ct);

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
