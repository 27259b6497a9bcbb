using Yarp.ReverseProxy.Configuration;

namespace ClaudeManage.Gateway;

/// <summary>One line of the table: who answers a method at a path.</summary>
/// <param name="Anonymous">True where the service takes requests without a bearer token.</param>
sealed record ServiceRoute(string Service, string Method, string Path, bool Anonymous);

/// <summary>
/// Which service answers what. The table is routes.txt, one line for each method and path; a test writes it from what the modules map and
/// compares, so no route of the town is missing here and none leads elsewhere.
/// </summary>
static class RouteTable
{
    /// <summary>The owner of sessions and nodes: not a set of replicas, see <see cref="Nodes.NodeEndpoints"/>.</summary>
    public const string Supervisor = "supervisor";

    const string Anonymous = "anonymous";

    /// <summary>The table of this build.</summary>
    public static IReadOnlyList<ServiceRoute> All { get; } = Load();

    /// <summary>Reads <c>service METHOD /path</c>, with <c>anonymous</c> at the end where no token is needed.</summary>
    public static IReadOnlyList<ServiceRoute> Parse(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(' ') switch
        {
            [var service, var method, ['/', ..] path] => new ServiceRoute(service, method, path, false),
            [var service, var method, ['/', ..] path, Anonymous] => new ServiceRoute(service, method, path, true),
            _ => throw new FormatException($"routes.txt: '{line}' is not `service METHOD /path`."),
        }),
    ];

    /// <summary>A route as a line of the table.</summary>
    public static string Line(ServiceRoute route) => $"{route.Service} {route.Method} {route.Path}" + (route.Anonymous ? $" {Anonymous}" : "");

    /// <summary>The routes of everything that has replicas.</summary>
    public static IReadOnlyList<RouteConfig> ProxyRoutes() =>
    [
        .. All.Where(r => r.Service != Supervisor).GroupBy(r => (r.Service, r.Path, r.Anonymous)).Select(g => new RouteConfig
        {
            RouteId = $"{g.Key.Service} {g.Key.Path}{(g.Key.Anonymous ? $" {Anonymous}" : "")}",
            ClusterId = g.Key.Service,
            Match = new RouteMatch { Path = g.Key.Path, Methods = [.. g.Select(r => r.Method)] },
            // Without a policy the host's own holds: a bearer token.
            AuthorizationPolicy = g.Key.Anonymous ? Anonymous : null,
        }),
    ];

    static IReadOnlyList<ServiceRoute> Load()
    {
        using var reader = new StreamReader(typeof(RouteTable).Assembly.GetManifestResourceStream("routes.txt")!);
        return Parse(reader.ReadToEnd());
    }
}
