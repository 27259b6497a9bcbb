using ClaudeManage.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace ClaudeManage.GatewayTests;

static class Readiness
{
    /// <summary>Waits for the first look at every replica of a service.</summary>
    public static Task ProbedAsync(Front front, string service) => Eventually.TrueAsync(
        () => front.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster(service, out var cluster)
            && cluster.Destinations.Values.All(d => d.Health.Active != DestinationHealth.Unknown),
        TimeSpan.FromSeconds(60), $"every replica of {service} was looked at", TestContext.Current.CancellationToken);
}
