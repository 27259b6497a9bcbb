using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Tests.Servers;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ClaudeManage.MessagingTests;

/// <summary>Brokers that die while a service connects; each of them would keep it waiting for ever.</summary>
public sealed class BrokerSocketTests : IDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    static readonly byte[] HalfAFrame = [1, 0, 0, 0, 0, 1, 0xF4];

    readonly TcpListener _broker = new(IPAddress.Loopback, 0);

    public BrokerSocketTests() => _broker.Start();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    Uri Address => new($"amqp://127.0.0.1:{((IPEndPoint)_broker.LocalEndpoint).Port}");

    [Fact]
    public async Task A_broker_that_takes_a_connection_and_says_nothing_is_given_up()
    {
        var clock = new FakeTimeProvider();
        var connecting = ConnectAsync(clock);
        using var silent = await AcceptAsync();

        for (var waited = Stopwatch.StartNew(); !connecting.IsCompleted && waited.Elapsed < Deadline; clock.Advance(BrokerSocket.Silence)) await Task.Yield();

        Assert.True(connecting.IsCompleted);
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => connecting);
    }

    [Fact]
    public async Task A_broker_that_dies_in_the_middle_of_its_first_frame_is_given_up()
    {
        var connecting = ConnectAsync(TimeProvider.System);
        await DieInAFrameAsync();

        await Assert.ThrowsAsync<BrokerUnreachableException>(() => connecting.WaitAsync(Deadline, Ct));
    }

    [Fact]
    public async Task The_bus_tries_again_after_a_broker_that_died_in_the_middle_of_its_first_frame()
    {
        using var scratch = new ScratchDirectory("bus");
        using var host = TownHost.Build(new Dictionary<string, string?>
        {
            ["Database:Directory"] = scratch.Path,
            ["Bus:Transport"] = "RabbitMq",
            ["ConnectionStrings:rabbitmq"] = Address.ToString(),
        }, ["alpha"]);
        var bus = host.Services.GetRequiredService<IBusControl>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var starting = bus.StartAsync(stop.Token);

        await DieInAFrameAsync();

        (await AcceptAsync()).Dispose();
        await stop.CancelAsync();
        await Task.WhenAny(starting);
    }

    Task<IConnection> ConnectAsync(TimeProvider clock)
    {
        var factory = new ConnectionFactory { Uri = Address, AutomaticRecoveryEnabled = false };
        BrokerSocket.UseFor(factory, clock);
        return factory.CreateConnectionAsync(Ct);
    }

    async Task<TcpClient> AcceptAsync() => await _broker.AcceptTcpClientAsync(Ct).AsTask().WaitAsync(Deadline, Ct);

    async Task DieInAFrameAsync()
    {
        using var connection = await AcceptAsync();
        // What is not read would turn the end into a reset, which the client understands.
        await connection.GetStream().ReadExactlyAsync(new byte[8], Ct);
        await connection.GetStream().WriteAsync(HalfAFrame, Ct);
    }

    /// <inheritdoc />
    public void Dispose() => _broker.Dispose();
}
