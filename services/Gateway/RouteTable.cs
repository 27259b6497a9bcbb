using ClaudeManage.ServiceDefaults.Auth;
using Yarp.ReverseProxy.Configuration;

namespace ClaudeManage.Gateway;

/// <summary>Who may come through, before the service judges for itself.</summary>
enum RouteAccess
{
    /// <summary>Everybody with a token but publishers.</summary>
    Token,

    /// <summary>Publishers too.</summary>
    Publishers,

    /// <summary>Everybody: the service knows its callers by something else.</summary>
    Anonymous,
}

/// <summary>One line of the table: who answers a method at a path.</summary>
sealed record ServiceRoute(string Service, string Method, string Path, RouteAccess Access = RouteAccess.Token);

/// <summary>
/// Which service answers what. The table is routes.txt, one line for each method and path; a test writes it from what the modules map and
/// compares, so no route of the town is missing here and none leads elsewhere.
/// </summary>
static class RouteTable
{
    /// <summary>The owner of sessions and nodes: not a set of replicas, see <see cref="Nodes.NodeEndpoints"/>.</summary>
    public const string Supervisor = "supervisor";

    /// <summary>The table of this build.</summary>
    public static IReadOnlyList<ServiceRoute> All { get; } = Load();

    /// <summary>Reads <c>service METHOD /path</c>, with <c>publishers</c> or <c>anonymous</c> at the end where more than a token's usual bearers are let in.</summary>
    public static IReadOnlyList<ServiceRoute> Parse(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(' ') switch
        {
            [var service, var method, ['/', ..] path] => new ServiceRoute(service, method, path),
            [var service, var method, ['/', ..] path, var access] when Enum.TryParse<RouteAccess>(access, ignoreCase: true, out var known) => new ServiceRoute(service, method, path, known),
            _ => throw new FormatException($"routes.txt: '{line}' is not `service METHOD /path`."),
        }),
    ];

    /// <summary>A route as a line of the table.</summary>
    public static string Line(ServiceRoute route) =>
        $"{route.Service} {route.Method} {route.Path}" + (route.Access == RouteAccess.Token ? "" : $" {route.Access.ToString().ToLowerInvariant()}");

    /// <summary>The routes of everything that has replicas.</summary>
    public static IReadOnlyList<RouteConfig> ProxyRoutes() =>
    [
        .. All.Where(r => r.Service != Supervisor).GroupBy(r => (r.Service, r.Path, r.Access)).Select(g => new RouteConfig
        {
            RouteId = $"{g.Key.Service} {g.Key.Path} {g.Key.Access}",
            ClusterId = g.Key.Service,
            // What is streamed has its limit where it is read.
            MaxRequestBodySize = g.Key.Path == "/import" ? -1 : null,
            Match = new RouteMatch { Path = g.Key.Path, Methods = [.. g.Select(r => r.Method)] },
            Metadata = new Dictionary<string, string> { [nameof(RouteAccess)] = g.Key.Access.ToString() },
        }),
    ];

    /// <summary>Opens a proxied endpoint to whom its route lets in.</summary>
    public static void Open(IEndpointConventionBuilder endpoint, RouteConfig route) => Open(endpoint, Enum.Parse<RouteAccess>(route.Metadata![nameof(RouteAccess)]));

    /// <summary>Opens an endpoint; without more the host's own policy holds.</summary>
    public static void Open(IEndpointConventionBuilder endpoint, RouteAccess access)
    {
        if (access == RouteAccess.Publishers) endpoint.OpenToPublishers();
        if (access == RouteAccess.Anonymous) endpoint.AllowAnonymous();
    }

    static IReadOnlyList<ServiceRoute> Load()
    {
        using var reader = new StreamReader(typeof(RouteTable).Assembly.GetManifestResourceStream("routes.txt")!);
        return Parse(reader.ReadToEnd());
    }
}
