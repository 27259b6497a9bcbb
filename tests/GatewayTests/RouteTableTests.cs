using System.Runtime.CompilerServices;
using ClaudeManage.Gateway;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Town;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace ClaudeManage.GatewayTests;

/// <summary>The gateway's routes are the town's: nothing is missing, nothing is more, everything leads to its owner.</summary>
public sealed class RouteTableTests : IAsyncDisposable
{
    readonly ScratchDirectory _scratch = new("cm-routes");
    readonly WebApplication _town;
    readonly WebApplication _gateway;

    public RouteTableTests()
    {
        _town = TownHost.Build(new TownHostOptions(_scratch.Path, 0));
        TownHost.Map(_town);
        _gateway = GatewayHost.Build([], GatewayOptions.Names.ToDictionary(n => $"Gateway:Services:{n}:0", n => (string?)$"http://{n}:8080"));
        GatewayHost.Map(_gateway);
    }

    [Fact]
    public void The_table_is_what_the_modules_map()
    {
        var modules = TownModules.All().Select(m => m.Name).ToHashSet();
        var routes = Endpoints(_town).Select(e => (Owner: e.Metadata.GetMetadata<ITagsMetadata>()?.Tags[0] ?? "", Endpoint: e)).Where(r => modules.Contains(r.Owner))
            .SelectMany(r => Methods(r.Endpoint).Select(m => new ServiceRoute(r.Owner, m, PathOf(r.Endpoint), AccessOf(r.Endpoint))))
            .OrderBy(r => $"{r.Path} {r.Method}", StringComparer.Ordinal);
        Approved.VerifyFile(TableFile(), string.Concat(routes.Select(r => RouteTable.Line(r) + "\n")));
    }

    [Fact]
    public void The_gateway_serves_what_the_town_serves() => Assert.Equal(Served(_town), Served(_gateway));

    [Fact]
    public void Its_list_of_services_is_the_town_s_without_the_supervisors() =>
        Assert.Equal(TownModules.All().Select(m => m.Name).Where(n => n != RouteTable.Supervisor), GatewayOptions.Names);

    [Theory]
    [InlineData("work GET work-items")]
    [InlineData("work GET /work-items everybody")]
    [InlineData("work /work-items")]
    public void A_damaged_table_is_refused(string line) => Assert.Throws<FormatException>(() => RouteTable.Parse(line));

    [Theory]
    [InlineData("work POST /x", false, false)]
    [InlineData("work POST /x publishers", true, false)]
    [InlineData("work POST /x anonymous", false, true)]
    public void A_route_is_open_to_whom_its_line_says(string line, bool publishers, bool everybody)
    {
        var route = Assert.Single(RouteTable.Parse(line));
        Assert.Equal(line, RouteTable.Line(route));
        var open = _gateway.MapGet("/opened", () => "");
        RouteTable.Open(open, route.Access);
        var endpoint = Endpoints(_gateway).Single(e => PathOf(e) == "/opened");
        Assert.Equal((publishers, everybody), (endpoint.IsOpenToPublishers(), endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null));
    }

    static IReadOnlyList<string> Served(WebApplication app) =>
        [.. Endpoints(app).SelectMany(e => Methods(e).Select(m => $"{PathOf(e)} {m}")).Distinct().Order(StringComparer.Ordinal)];

    static IEnumerable<RouteEndpoint> Endpoints(WebApplication app) => ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>();

    static IReadOnlyList<string> Methods(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"];

    static RouteAccess AccessOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null ? RouteAccess.Anonymous
        : endpoint.IsOpenToPublishers() ? RouteAccess.Publishers : RouteAccess.Token;

    static string PathOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText?.TrimStart('/');

    static string TableFile([CallerFilePath] string me = "") => Path.Combine(Path.GetDirectoryName(me)!, "..", "..", "services", "Gateway", "routes.txt");

    public async ValueTask DisposeAsync()
    {
        await _town.DisposeAsync();
        await _gateway.DisposeAsync();
        _scratch.Dispose();
    }
}
