using ClaudeManage.Gateway.Documents;
using ClaudeManage.Gateway.Nodes;
using ClaudeManage.Gateway.Proxying;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace ClaudeManage.Gateway;

/// <summary>The one public address of a town of many processes. It has no database and no bus.</summary>
public static class GatewayHost
{
    /// <summary>
    /// Levels that any other setting overrides: nothing for each request, and that a replica is ill, or well again, once and not every time
    /// it is asked.
    /// </summary>
    static readonly Dictionary<string, string?> LogLevels = new()
    {
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Yarp"] = "Warning",
        ["Logging:LogLevel:Yarp.ReverseProxy.Health.DestinationHealthUpdater"] = "Information",
        ["Logging:LogLevel:Yarp.ReverseProxy.Health.ActiveHealthCheckMonitor"] = "Error",
    };

    /// <summary>Runs by verb: <c>run</c> (default) or <c>healthcheck</c>; <c>migrate</c> has nothing to do and says so.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (verb, rest) = args is [{ } first, ..] && !first.StartsWith('-') ? (first, args[1..]) : ("run", args);
        switch (verb)
        {
            case "healthcheck":
                return await HealthcheckVerb.RunAsync(rest);
            case "migrate":
                Console.WriteLine("The gateway has no database; there is nothing to migrate.");
                return 0;
            case "run":
                return await ServeAsync(rest);
            default:
                await Console.Error.WriteLineAsync($"There is no verb '{verb}'. It is `run` (default), `migrate` or `healthcheck`.");
                return 2;
        }
    }

    static async Task<int> ServeAsync(string[] args)
    {
        try
        {
            await using var app = Build(args);
            Map(app);
            await app.RunAsync();
            return 0;
        }
        catch (Exception e) when (ConfigurationProblem.Of(e) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 1;
        }
    }

    /// <summary>The host, built but not started.</summary>
    public static WebApplication Build(string[] args, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var builder = ServiceHost.CreateBuilder(args, [], configuration =>
        {
            configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels });
            configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        });
        builder.AddValidatedOptions<GatewayOptions>("Gateway");
        var services = builder.Services;
        services.AddSingleton<IProxyConfigProvider>(s => new InMemoryConfigProvider(RouteTable.ProxyRoutes(), Clusters.From(s.GetRequiredService<IOptions<GatewayOptions>>().Value)));
        services.AddSingleton<IPassiveHealthCheckPolicy, FailedRequest>();
        services.AddSingleton<IDestinationResolver, Replicas>();
        services.AddSingleton<ServiceCalls>();
        services.AddSingleton<NodeDirectory>();
        services.AddSingleton<NodeForwarder>();
        services.AddSingleton<SessionPlaces>();
        services.AddSingleton<Gather>();
        services.AddSingleton<MergedOpenApi>();
        services.AddHealthChecks().AddCheck<ServicesReady>("services");
        services.AddReverseProxy()
            .ConfigureHttpClient((_, handler) => handler.ConnectTimeout = TimeSpan.FromSeconds(builder.Configuration.GetValue("Gateway:ConnectSeconds", new GatewayOptions().ConnectSeconds)))
            .AddTransforms(Forwarding.Transforms);
        services.RemoveKeyRing();
        return builder.Build();
    }

    /// <summary>The pipeline, the routes of all services, and the gateway's own.</summary>
    public static void Map(WebApplication app)
    {
        app.MapModules();
        TokenEndpoints.Map(app);
        MergedOpenApi.Map(app);
        NodeEndpoints.Map(app);
        app.MapReverseProxy(proxy =>
        {
            proxy.Use(SendElsewhere.InvokeAsync);
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
        }).ConfigureEndpoints(RouteTable.Open);
    }
}
