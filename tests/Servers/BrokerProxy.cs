using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ClaudeManage.Tests.Servers;

/// <summary>
/// A wire to the broker. It can be cut without anybody being told: what is sent waits, nothing is closed, nothing is refused, and whoever
/// hangs on it notices by silence, as when a network drops packets. Disposed, it breaks at both ends, as when a process is killed.
/// </summary>
public sealed class BrokerProxy : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly ConcurrentBag<TcpClient> _ends = [];
    readonly Func<Task<Uri>> _broker;
    volatile bool _broken;
    volatile TaskCompletionSource _whole = Whole();

    /// <param name="broker">Where the broker is; asked for every connection.</param>
    public BrokerProxy(Func<Task<Uri>> broker)
    {
        _broker = broker;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>Where it begins, on the loopback interface.</summary>
    public int Port { get; }

    /// <summary>The broker's address by way of it.</summary>
    public Uri Detour(Uri broker) => new UriBuilder(broker) { Host = "127.0.0.1", Port = Port }.Uri;

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
            Hold(near);
            await _whole.Task;
            var broker = await _broker();
            await far.ConnectAsync(broker.Host, broker.Port);
            Hold(far);
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidOperationException) { }
    }

    void Hold(TcpClient end)
    {
        // Else what is small waits up to 40 ms in the wire itself, where nobody who looks for it finds it.
        end.NoDelay = true;
        _ends.Add(end);
        // Who came in the moment it broke.
        if (_broken) end.Dispose();
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
    public void Dispose()
    {
        _broken = true;
        _listener.Dispose();
        foreach (var end in _ends) end.Dispose();
    }
}
