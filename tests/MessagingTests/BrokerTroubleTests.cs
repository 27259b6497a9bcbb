using System.Net;
using System.Net.Sockets;

namespace ClaudeManage.MessagingTests;

/// <summary>What is said of a broker that cannot be used.</summary>
public class BrokerTroubleTests
{
    [Fact]
    public async Task A_name_that_nobody_knows_is_said_so() =>
        Assert.Equal("RabbitMQ at broker.invalid:5672 does not answer: its name is not known here", await TroubleAsync(new("amqp://cm:secret@broker.invalid")));

    [Fact]
    public async Task Where_nobody_listens_the_systems_own_words_are_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var trouble = await TroubleAsync(new($"amqp://cm:secret@127.0.0.1:{port}"));
        Assert.StartsWith($"RabbitMQ at 127.0.0.1:{port} does not answer: ", trouble, StringComparison.Ordinal);
        Assert.DoesNotContain("One or more errors", trouble, StringComparison.Ordinal);
    }

    static Task<string?> TroubleAsync(Uri uri) => Messaging.Broker.TroubleAsync(uri, TestContext.Current.CancellationToken);
}
