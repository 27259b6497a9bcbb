using System.Globalization;
using System.Net;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace ClaudeManage.Gateway.Proxying;

/// <summary>The services and their replicas as the proxy knows them.</summary>
static class Clusters
{
    /// <summary>
    /// Each service with its replicas: of two picked at random the less busy one is asked (always the least busy would be always the first
    /// while all are idle); one that failed a request is left alone for a moment, one that says it
    /// is not ready until it is. When none seems well, all are tried: an answer decides, not an opinion about it.
    /// </summary>
    public static IReadOnlyList<ClusterConfig> From(GatewayOptions options) =>
    [
        .. GatewayOptions.Names.Select(service => new ClusterConfig
        {
            ClusterId = service,
            LoadBalancingPolicy = LoadBalancingPolicies.PowerOfTwoChoices,
            Destinations = options.Services[service].Select((address, n) => (address, n))
                .ToDictionary(x => string.Create(CultureInfo.InvariantCulture, $"{service}-{x.n}"), x => new DestinationConfig { Address = x.address }),
            HttpRequest = Request(options),
            HealthCheck = new HealthCheckConfig
            {
                AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
                Active = new ActiveHealthCheckConfig
                {
                    Enabled = true,
                    Interval = TimeSpan.FromSeconds(options.ProbeSeconds),
                    Timeout = TimeSpan.FromSeconds(5),
                    Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                    Path = "/health/ready",
                },
                Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = FailedRequest.PolicyName, ReactivationPeriod = TimeSpan.FromSeconds(options.AvoidSeconds) },
            },
            Metadata = new Dictionary<string, string> { [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName] = "1" },
        }),
    ];

    /// <summary>How a request is sent on, to a replica or a node.</summary>
    public static ForwarderRequestConfig Request(GatewayOptions options) => new()
    {
        ActivityTimeout = TimeSpan.FromSeconds(options.SilenceSeconds),
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };
}
