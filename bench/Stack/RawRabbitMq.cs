using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ClaudeManage.Bench;

/// <summary>
/// The broker without the suite: persistent messages of 2 000 bytes through a fan-out exchange into quorum queues, confirmed to their publisher, acknowledged one by one.
/// </summary>
sealed class RawRabbitMq : IAsyncDisposable
{
    const int Publishers = 4;
    const int InFlight = 100;
    const int Size = 2_000;
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    static readonly BasicProperties Persistent = new() { Persistent = true };

    readonly IConnection _connection;
    readonly string _name = $"cmbench-{Guid.NewGuid():N}";
    readonly List<string> _queues = [];
    readonly List<string> _exchanges = [];
    readonly IChannel _control;

    RawRabbitMq(IConnection connection, IChannel control) => (_connection, _control) = (connection, control);

    /// <summary>Messages per second that were confirmed and whose copies were all consumed; each has so many copies on average.</summary>
    public static async Task<double> MessagesPerSecondAsync(Uri broker, double copies, CancellationToken ct)
    {
        await using var raw = await ConnectAsync(broker, ct);
        var (whole, part) = ((int)copies, copies - (int)copies);
        // As many messages go to one more queue as it takes to come to the average.
        await raw.ExchangeAsync("few", Math.Max(1, whole), ct);
        await raw.ExchangeAsync("many", Math.Max(1, whole) + 1, ct);
        long sent = 0, due = 0, consumed = 0;
        foreach (var queue in raw._queues) await raw.ConsumeAsync(queue, _ => Interlocked.Increment(ref consumed), ct);
        var channels = new List<IChannel>();
        for (var i = 0; i < Publishers; i++) channels.Add(await raw.ConfirmingAsync(ct));
        await RunAsync(WarmUp);
        return await RunAsync(Measured);

        async Task<double> RunAsync(TimeSpan duration)
        {
            var (watch, before) = (Stopwatch.StartNew(), sent);
            await Task.WhenAll(channels.Select(async channel =>
            {
                while (watch.Elapsed < duration) await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => SendAsync(channel)));
            }));
            while (Interlocked.Read(ref consumed) < Interlocked.Read(ref due))
            {
                if (watch.Elapsed > duration + Patience) throw new InvalidOperationException($"{consumed} of {due} messages were consumed.");
                await Task.Delay(1, ct);
            }
            return (sent - before) / watch.Elapsed.TotalSeconds;
        }

        async Task SendAsync(IChannel channel)
        {
            var n = Interlocked.Increment(ref sent);
            var more = Math.Floor(n * part) > Math.Floor((n - 1) * part);
            Interlocked.Add(ref due, Math.Max(1, whole) + (more ? 1 : 0));
            await channel.BasicPublishAsync($"{raw._name}-{(more ? "many" : "few")}", "", false, Persistent, new byte[Size], ct);
        }
    }

    /// <summary>From before a publish until its consumer has it, in milliseconds: one publisher, one queue, a message every <paramref name="pace"/>.</summary>
    public static async Task<IReadOnlyList<double>> LatenciesAsync(Uri broker, int count, TimeSpan pace, TimeProvider clock, CancellationToken ct)
    {
        await using var raw = await ConnectAsync(broker, ct);
        await raw.ExchangeAsync("one", 1, ct);
        var (times, all) = (new List<double>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await raw.ConsumeAsync(raw._queues[0], body =>
        {
            times.Add(Stopwatch.GetElapsedTime(BitConverter.ToInt64(body.Span)).TotalMilliseconds);
            if (times.Count == count) all.TrySetResult();
        }, ct);
        var channel = await raw.ConfirmingAsync(ct);
        await Pace.EveryAsync(pace, count, clock, async _ =>
        {
            var body = new byte[Size];
            BitConverter.TryWriteBytes(body, Stopwatch.GetTimestamp());
            await channel.BasicPublishAsync($"{raw._name}-one", "", false, Persistent, body, ct);
        }, ct);
        await all.Task.WaitAsync(Patience, ct);
        return times;
    }

    static async Task<RawRabbitMq> ConnectAsync(Uri broker, CancellationToken ct)
    {
        var connection = await new ConnectionFactory { Uri = broker, ConsumerDispatchConcurrency = 1 }.CreateConnectionAsync(ct);
        return new RawRabbitMq(connection, await connection.CreateChannelAsync(cancellationToken: ct));
    }

    async Task ExchangeAsync(string name, int queues, CancellationToken ct)
    {
        var exchange = $"{_name}-{name}";
        await _control.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: ct);
        _exchanges.Add(exchange);
        for (var i = 0; i < queues; i++)
        {
            var queue = $"{_name}-{i}";
            if (!_queues.Contains(queue))
            {
                await _control.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: ct);
                _queues.Add(queue);
            }
            await _control.QueueBindAsync(queue, exchange, "", cancellationToken: ct);
        }
    }

    async Task ConsumeAsync(string queue, Action<ReadOnlyMemory<byte>> received, CancellationToken ct)
    {
        var channel = await _connection.CreateChannelAsync(cancellationToken: ct);
        await channel.BasicQosAsync(0, 256, false, ct);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            received(delivery.Body);
            await channel.BasicAckAsync(delivery.DeliveryTag, false, CancellationToken.None);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, ct);
    }

    // A publish returns when the broker has confirmed it.
    Task<IChannel> ConfirmingAsync(CancellationToken ct) => _connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), ct);

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues) await _control.QueueDeleteAsync(queue);
        foreach (var exchange in _exchanges) await _control.ExchangeDeleteAsync(exchange);
        await _connection.CloseAsync();
        await _connection.DisposeAsync();
    }
}
