using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace ClaudeManage.Gateway.Proxying;

/// <summary>A replica that could not be reached, or hung up, is left alone at once; the next look at it is a request or a probe later.</summary>
sealed class FailedRequest(IDestinationHealthUpdater updater, IOptions<GatewayOptions> options) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "failed-request";

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (context.Features.Get<IForwarderErrorFeature>() is not { } failure)
        {
            if (destination.Health.Passive == DestinationHealth.Unhealthy) updater.SetPassive(cluster, destination, DestinationHealth.Healthy, TimeSpan.Zero);
        }
        else if (IsItsFault(failure.Error))
        {
            updater.SetPassive(cluster, destination, DestinationHealth.Unhealthy, TimeSpan.FromSeconds(options.Value.AvoidSeconds));
        }
    }

    // A caller who went away, and an answer that is only slow, say nothing about the replica.
    static bool IsItsFault(ForwarderError error) => error is ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;
}
