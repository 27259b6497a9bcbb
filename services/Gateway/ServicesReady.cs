using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace ClaudeManage.Gateway;

/// <summary>
/// Names each service without a replica that is ready. The gateway itself goes on (degraded, 200): any service may be down while the others
/// work, and taking the one address away would take all of them away. Without any service it is not ready (503).
/// </summary>
sealed class ServicesReady(IProxyStateLookup state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var down = state.GetClusters().Where(c => !c.Destinations.Values.Any(IsReady)).Select(c => c.ClusterId).Order(StringComparer.Ordinal).ToList();
        return Task.FromResult(down.Count == 0 ? HealthCheckResult.Healthy() : new HealthCheckResult(
            down.Count < GatewayOptions.Names.Count ? HealthStatus.Degraded : HealthStatus.Unhealthy, $"no replica is ready of: {string.Join(", ", down)}"));
    }

    static bool IsReady(DestinationState replica) => replica.Health is { Active: DestinationHealth.Healthy, Passive: not DestinationHealth.Unhealthy };
}
