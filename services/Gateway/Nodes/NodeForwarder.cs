using System.Diagnostics;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Gateway.Proxying;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace ClaudeManage.Gateway.Nodes;

/// <summary>Sends a request on to one node: it and nobody else has what is asked for, so there is no second try.</summary>
sealed class NodeForwarder : IDisposable
{
    readonly IHttpForwarder _forwarder;
    readonly HttpMessageInvoker _invoker;
    readonly ForwarderRequestConfig _config;
    readonly NodeTransformer _transformer = new();

    public NodeForwarder(IHttpForwarder forwarder, IOptions<GatewayOptions> options)
    {
        _forwarder = forwarder;
        _config = Clusters.Request(options.Value);
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(options.Value.ConnectSeconds),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        });
    }

    public async Task SendAsync(HttpContext http, KnownNode node)
    {
        var id = node.Node.NodeId;
        if (node.Node.Url is not { } url)
            throw Trouble.Unreachable($"The node {id}", RouteTable.Supervisor, "announces no address; set Supervisor:Url there").AsException();
        await _forwarder.SendAsync(http, url, _invoker, _config, _transformer);
        await Trouble.TellAsync(http, $"The node {id}", RouteTable.Supervisor);
    }

    public void Dispose() => _invoker.Dispose();
}
