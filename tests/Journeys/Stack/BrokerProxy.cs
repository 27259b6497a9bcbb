using System.Net;
using System.Net.Sockets;

namespace ClaudeManage.Journeys.Stack;

/// <summary>
/// A wire to the broker that can be cut without anybody being told: what is sent waits, nothing is closed, nothing is refused. Whoever
/// hangs on it notices by silence, as when a network drops packets.
/// </summary>
sealed class BrokerProxy : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Func<Task<Uri>> _broker;
    volatile TaskCompletionSource _whole = Whole();

    /// <param name="broker">Where the broker is; asked for every connection.</param>
    public BrokerProxy(Func<Task<Uri>> broker)
    {
        _broker = broker;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on nothing passes.</summary>
    public void Cut() => _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What waited passes, and everything after it.</summary>
    public void Mend() => _whole.TrySetResult();

    static TaskCompletionSource Whole()
    {
        var whole = new TaskCompletionSource();
        whole.SetResult();
        return whole;
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { }
    }

    async Task ServeAsync(TcpClient near)
    {
        using var _ = near;
        using var far = new TcpClient();
        try
        {
            await _whole.Task;
            var broker = await _broker();
            await far.ConnectAsync(broker.Host, broker.Port);
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidOperationException) { }
    }

    /// <summary>Also the end of a connection does not pass a wire that is cut.</summary>
    async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var read)
            {
                await _whole.Task;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException) { }
        await _whole.Task;
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();
}
