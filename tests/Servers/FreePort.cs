using System.Net;
using System.Net.Sockets;

namespace ClaudeManage.Tests.Servers;

public static class FreePort
{
    /// <summary>
    /// A TCP port of the loopback interface on which nobody listens now. Somebody may take it before you do; a server
    /// that can listen on port 0 and say where it ended up is better.
    /// </summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
