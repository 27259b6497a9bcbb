using System.Net.Sockets;
using RabbitMQ.Client;

namespace ClaudeManage.Messaging;

/// <summary>
/// A connection to the broker that does not outlive it. RabbitMQ's client waits without a limit for a broker to begin to speak, and reads on for ever,
/// with a whole processor, when the connection closes in the middle of a frame. MassTransit, which waits for the client, then tries nothing else any more.
/// </summary>
sealed class BrokerSocket(Socket socket, TimeProvider clock) : TcpClientAdapter(socket)
{
    /// <summary>A living broker, and a living service, is heard at least this often.</summary>
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Who has not been heard for so long is gone. A replica that is frozen or cut off holds up its lanes for no more than this.</summary>
    public static readonly TimeSpan Silence = 2 * Heartbeat;

    /// <summary>The client's connections are such ones.</summary>
    public static void UseFor(ConnectionFactory factory, TimeProvider? clock = null)
    {
        factory.RequestedHeartbeat = Heartbeat;
        factory.SocketFactory = family => new BrokerSocket(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, clock ?? TimeProvider.System);
    }

    public override NetworkStream GetStream() => new Limited(Client, clock);

    sealed class Limited(Socket socket, TimeProvider clock) : NetworkStream(socket)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var silent = new CancellationTokenSource(Silence, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, cancellationToken);
            try
            {
                var read = await base.ReadAsync(buffer, either.Token);
                return read > 0 || buffer.IsEmpty ? read : throw new EndOfStreamException("The broker closed the connection.");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException($"The broker said nothing for {Silence.TotalSeconds} s.");
            }
        }
    }
}
