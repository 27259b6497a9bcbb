using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace ClaudeManage.Messaging.Outside;

/// <summary>
/// The broker as outside systems use it, beside the bus and without MassTransit: durable topic exchanges, plain messages, confirms and
/// acknowledgements. One connection per process, opened when first needed and again after it broke. In process there is none.
/// </summary>
public sealed class OutsideBroker(IConfiguration configuration, IOptions<BusOptions> options, ILogger<OutsideBroker> log) : IAsyncDisposable
{
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    readonly SemaphoreSlim _opening = new(1, 1);
    readonly ConcurrentDictionary<string, string> _down = new();
    IConnection? _connection;

    /// <summary>False in process.</summary>
    public bool IsThere => options.Value.Transport == BusTransport.RabbitMq;

    /// <summary>What is kept going and does not go at the moment, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Down => _down;

    /// <summary>
    /// Keeps <paramref name="work"/> going until <paramref name="ct"/>: when it fails or the connection breaks, it starts anew after a
    /// while. It calls the action it is given once it is under way.
    /// </summary>
    public async Task KeepAsync(string what, Func<Action, CancellationToken, Task> work, CancellationToken ct)
    {
        _down[what] = "not connected yet";
        for (var wait = TimeSpan.FromSeconds(1); !ct.IsCancellationRequested; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            var began = System.Diagnostics.Stopwatch.GetTimestamp();
            try { await work(() => _down.TryRemove(what, out _), ct); }
            catch (Exception) when (ct.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                _down[what] = e.Message;
                if (System.Diagnostics.Stopwatch.GetElapsedTime(began) > LongestWait) wait = TimeSpan.FromSeconds(1);
                log.LogWarning("{What}: {Error}; again in {Wait}", what, e.Message, wait);
            }
            await Task.Delay(wait, ct).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Declares the exchanges and opens a channel that publishes with confirms.</summary>
    public async Task<OutsidePublisher> OpenPublisherAsync(CancellationToken ct, params OutsideExchange[] exchanges)
    {
        var connection = await ConnectAsync(ct);
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), ct);
        foreach (var exchange in exchanges) await DeclareAsync(channel, exchange, ct);
        return new OutsidePublisher(channel);
    }

    /// <summary>
    /// Declares the exchange with its queue and hands its messages over, one at a time and in their order. What
    /// <paramref name="handle"/> returned from is acknowledged; when it throws, the broker keeps the message. Ends only with an exception.
    /// </summary>
    public async Task ConsumeAsync(OutsideExchange from, Func<OutsideMessage, CancellationToken, Task> handle, Action underWay, CancellationToken ct)
    {
        var connection = await ConnectAsync(ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        // A handler at work when the channel breaks gives up: its message comes again, to the next subscription.
        using var session = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await DeclareAsync(channel, from, ct);
        await channel.BasicQosAsync(0, (ushort)options.Value.Prefetch, false, ct);
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Break(string why) => broken.TrySetException(new IOException(why));
        channel.ChannelShutdownAsync += (_, e) => { Break(e.ReplyText); return Task.CompletedTask; };
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.UnregisteredAsync += (_, _) => { Break($"the broker ended the subscription of {from.Queue}"); return Task.CompletedTask; };
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            // What follows a message that is given back must not overtake it.
            if (broken.Task.IsCompleted) return;
            try
            {
                await handle(Read(delivery), session.Token);
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, CancellationToken.None);
            }
            catch (Exception e) { broken.TrySetException(e); }
        };
        await channel.BasicConsumeAsync(from.Queue!, autoAck: false, consumer, ct);
        underWay();
        try { await broken.Task.WaitAsync(ct); }
        finally { await session.CancelAsync(); }
    }

    /// <summary>
    /// How many messages wait in each of these queues, and how many consumers it has: a passive declaration changes nothing and needs no right of
    /// its own. A queue that does not exist is left out.
    /// </summary>
    public async Task<IReadOnlyList<(string Queue, long Messages, int Consumers)>> DepthsAsync(IEnumerable<string> queues, CancellationToken ct)
    {
        var connection = await ConnectAsync(ct);
        var depths = new List<(string, long, int)>();
        IChannel? channel = null;
        try
        {
            foreach (var queue in queues)
            {
                channel ??= await connection.CreateChannelAsync(cancellationToken: ct);
                try
                {
                    var found = await channel.QueueDeclarePassiveAsync(queue, ct);
                    depths.Add((queue, found.MessageCount, (int)found.ConsumerCount));
                }
                catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
                {
                    // The broker closes the channel over it.
                    await channel.DisposeAsync();
                    channel = null;
                }
            }
        }
        finally
        {
            if (channel is not null) await channel.DisposeAsync();
        }
        return depths;
    }

    async Task<IConnection> ConnectAsync(CancellationToken ct)
    {
        await _opening.WaitAsync(ct);
        try
        {
            if (_connection is { IsOpen: true }) return _connection;
            if (_connection is not null) await _connection.DisposeAsync();
            _connection = null;
            var factory = new ConnectionFactory
            {
                Uri = new Uri(configuration.GetConnectionString("rabbitmq") ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is missing; Bus:Transport is RabbitMq.")),
                // Whoever uses it begins anew: a recovered channel would not say what was lost.
                AutomaticRecoveryEnabled = false,
                ClientProvidedName = "outside",
            };
            BrokerSocket.UseFor(factory);
            return _connection = await factory.CreateConnectionAsync(ct);
        }
        finally { _opening.Release(); }
    }

    static async Task DeclareAsync(IChannel channel, OutsideExchange exchange, CancellationToken ct)
    {
        await channel.ExchangeDeclareAsync(exchange.Name, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: ct);
        if (exchange.Queue is null) return;
        await channel.QueueDeclareAsync(exchange.Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: ct);
        await channel.QueueBindAsync(exchange.Queue, exchange.Name, "#", cancellationToken: ct);
    }

    static OutsideMessage Read(BasicDeliverEventArgs delivery)
    {
        var p = delivery.BasicProperties;
        // The buffer is the client's again when the handler returns.
        return new OutsideMessage(delivery.RoutingKey, delivery.Body.ToArray())
        {
            ContentType = p.ContentType,
            Type = p.Type,
            MessageId = p.MessageId,
            AppId = p.AppId,
            UserId = p.UserId,
            Headers = (p.Headers ?? new Dictionary<string, object?>()).Where(h => h.Value is byte[] or string)
                .ToDictionary(h => h.Key, h => h.Value as string ?? Encoding.UTF8.GetString((byte[])h.Value!)),
        };
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        _opening.Dispose();
    }
}

/// <summary>Publishes plain messages; a call returns when the broker has confirmed them.</summary>
public sealed class OutsidePublisher : IAsyncDisposable
{
    static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(30);

    readonly IChannel _channel;

    internal OutsidePublisher(IChannel channel) => _channel = channel;

    /// <summary>False once the channel or its connection broke; open another one then.</summary>
    public bool IsOpen => _channel.IsOpen;

    /// <summary>In their order. Throws when one was not confirmed: some may have gone out.</summary>
    public async Task PublishAsync(string exchange, IReadOnlyList<OutsideMessage> messages, CancellationToken ct)
    {
        // The channel writes in the order of the calls; only the confirms are awaited together. A send is never cancelled from inside.
        var confirms = messages.Select(m => _channel.BasicPublishAsync(exchange, m.RoutingKey, mandatory: false, Properties(m), m.Body, CancellationToken.None).AsTask()).ToList();
        await Task.WhenAll(confirms).WaitAsync(ConfirmTimeout, ct);
    }

    static BasicProperties Properties(OutsideMessage message)
    {
        var properties = new BasicProperties { DeliveryMode = DeliveryModes.Persistent };
        if (message.ContentType is { } contentType) properties.ContentType = contentType;
        if (message.Type is { } type) properties.Type = type;
        if (message.MessageId is { } id) properties.MessageId = id;
        if (message.AppId is { } app) properties.AppId = app;
        if (message.Headers.Count > 0) properties.Headers = message.Headers.ToDictionary(h => h.Key, object? (h) => h.Value);
        return properties;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _channel.DisposeAsync();
}
