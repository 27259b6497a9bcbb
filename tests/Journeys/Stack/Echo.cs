using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ClaudeManage.Journeys.Stack;

/// <summary>
/// Makes a broker's delivery as bad as it may be: everything that is sent to an endpoint comes to it a second time, under the same ids, late
/// and in another order; to those that keep copies of facts even the first time.
/// </summary>
sealed class Echo : IAsyncDisposable
{
    static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly IReadOnlyList<string> _shuffled;
    readonly Random _random;
    readonly List<Held> _held = [];
    readonly CancellationTokenSource _over = new();
    Task _sending = Task.CompletedTask;
    volatile int _heard;
    int _copies;

    Echo(IConnection connection, IChannel channel, IReadOnlyList<string> shuffled, Random random) => (_connection, _channel, _shuffled, _random) = (connection, channel, shuffled, random);

    /// <summary>How many messages it has sent again.</summary>
    public int Copies => _copies;

    /// <param name="broker">amqp URI with the virtual host, of somebody who may do everything there.</param>
    /// <param name="endpoints">Queues; the exchange before each has its name.</param>
    public static async Task<Echo> StartAsync(Uri broker, IReadOnlyList<string> endpoints, Random random, CancellationToken ct)
    {
        var connection = await new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(ct);
        var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        // The trail is a record of what came when: its order is what the others' order is judged by.
        var echo = new Echo(connection, channel, [.. endpoints.Where(e => e.EndsWith("-facts", StringComparison.Ordinal))], random);
        foreach (var endpoint in endpoints)
        {
            var tap = (await channel.QueueDeclareAsync(cancellationToken: ct)).QueueName;
            await channel.QueueBindAsync(tap, endpoint, "", cancellationToken: ct);
            if (echo._shuffled.Contains(endpoint)) await channel.QueueUnbindAsync(endpoint, endpoint, "", cancellationToken: ct);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, d) =>
            {
                echo.Hear(endpoint, new BasicProperties(d.BasicProperties), d.Body.ToArray());
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync(tap, true, consumer, ct);
        }
        echo._sending = echo.SendAsync();
        return echo;
    }

    void Hear(string endpoint, BasicProperties properties, byte[] body)
    {
        lock (_held)
            for (var times = _shuffled.Contains(endpoint) ? 2 : 1; times > 0; times--) _held.Add(new Held(endpoint, properties, body));
        _heard++;
    }

    /// <summary>Each time about half of what it holds, in an order of its own.</summary>
    async Task SendAsync()
    {
        using var beat = new PeriodicTimer(Beat);
        while (!_over.IsCancellationRequested && await beat.WaitForNextTickAsync()) await SendAsync(held => _random.Next(2) == 0);
    }

    async Task SendAsync(Func<Held, bool> goes)
    {
        Held[] now;
        lock (_held)
        {
            now = [.. _held.Where(goes)];
            _held.RemoveAll(now.Contains);
        }
        _random.Shuffle(now);
        foreach (var one in now) await _channel.BasicPublishAsync("", one.Endpoint, false, one.Properties, one.Body);
        _copies += now.Length;
    }

    /// <summary>Deliveries are as they were; what it still holds is sent.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in _shuffled) await _channel.QueueBindAsync(endpoint, endpoint, "");
        // What was already on its way to it comes within a few beats.
        using (var beat = new PeriodicTimer(Beat * 10))
            for (var before = -1; before != _heard; await beat.WaitForNextTickAsync()) before = _heard;
        await _over.CancelAsync();
        await _sending;
        await SendAsync(_ => true);
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        _over.Dispose();
    }

    sealed class Held(string endpoint, BasicProperties properties, byte[] body)
    {
        public string Endpoint => endpoint;

        public BasicProperties Properties => properties;

        public byte[] Body => body;
    }
}
