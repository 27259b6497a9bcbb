using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace ClaudeManage.Gateway.Proxying;

/// <summary>
/// A name stands for as many replicas as it has addresses (<c>--scale</c>, a headless service), looked up again every few seconds. A name
/// that cannot be resolved keeps the addresses it had, or stands for itself until it can: a service that is not there yet stops nobody.
/// </summary>
sealed class Replicas(IOptions<GatewayOptions> options, TimeProvider clock, ILogger<Replicas> log) : IDestinationResolver
{
    readonly ConcurrentDictionary<string, IReadOnlyList<IPAddress>> _known = new();

    /// <summary>How a name is resolved.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Lookup { get; set; } = Dns.GetHostAddressesAsync;

    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>();
        var names = 0;
        foreach (var (id, destination) in destinations)
        {
            var uri = new Uri(destination.Address);
            // With TLS the name must stay: the certificate is for it.
            if (uri.HostNameType != UriHostNameType.Dns || uri.IsLoopback || uri.Scheme != Uri.UriSchemeHttp)
            {
                resolved[id] = destination;
                continue;
            }
            names++;
            var addresses = await AddressesAsync(uri.Host, cancellationToken);
            foreach (var address in addresses) resolved[$"{id} {address}"] = destination with { Address = At(uri, address), Host = uri.Authority };
            if (addresses.Count == 0) resolved[id] = destination;
        }
        var again = names == 0 ? null : new CancellationChangeToken(new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.ResolveSeconds), clock).Token);
        return new ResolvedDestinationCollection(resolved, again);
    }

    async Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, CancellationToken ct)
    {
        try
        {
            // The order says nothing about the replicas, and a changed order is no change.
            return _known[host] = [.. (await Lookup(host, ct)).Distinct().OrderBy(a => a.ToString(), StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            log.LogWarning("{Host} cannot be resolved: {Reason}", host, e.Message);
            return _known.GetValueOrDefault(host) ?? [];
        }
    }

    static string At(Uri uri, IPAddress address) =>
        new UriBuilder(uri) { Host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString() }.Uri.ToString();
}
