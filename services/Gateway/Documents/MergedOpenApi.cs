using System.Text.Json.Nodes;
using ClaudeManage.Gateway.Domain;
using ClaudeManage.Gateway.Nodes;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace ClaudeManage.Gateway.Documents;

/// <summary><c>/openapi.json</c>: what all services say about themselves, as one document. A service that is down is left undescribed.</summary>
sealed class MergedOpenApi
{
    static readonly TimeSpan WhenWhole = TimeSpan.FromMinutes(1);
    static readonly TimeSpan WhenParted = TimeSpan.FromSeconds(2);

    readonly ServiceCalls _calls;
    readonly NodeDirectory _nodes;
    readonly IOpenApiDocumentProvider _own;
    readonly IOptions<GatewayOptions> _options;
    readonly Cached<string> _document;

    public MergedOpenApi(ServiceCalls calls, NodeDirectory nodes, [FromKeyedServices("v1")] IOpenApiDocumentProvider own, IOptions<GatewayOptions> options, TimeProvider clock)
    {
        (_calls, _nodes, _own, _options) = (calls, nodes, own, options);
        _document = new Cached<string>(clock, _ => MakeAsync(CancellationToken.None));
    }

    /// <summary>The route comes before the one every host has for its own document.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/openapi.json", async (HttpContext http, MergedOpenApi document) =>
        Results.Text(await document._document.GetAsync(http.RequestAborted), "application/json")).AllowAnonymous().ExcludeFromDescription().WithOrder(-1);

    async Task<(string, TimeSpan)> MakeAsync(CancellationToken ct)
    {
        var own = await (await _own.GetOpenApiDocumentAsync(ct)).SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct);
        var parts = await Task.WhenAll(GatewayOptions.Names.Append(RouteTable.Supervisor).Select(async service => (service, await DescribeAsync(service, ct))));
        var merged = OpenApiMerge.Merge(JsonNode.Parse(own)!.AsObject(), parts, RouteTable.All);
        return (merged.ToJsonString(), parts.All(p => p.Item2 is not null) ? WhenWhole : WhenParted);
    }

    async Task<JsonObject?> DescribeAsync(string service, CancellationToken ct)
    {
        if (service != RouteTable.Supervisor) return await _calls.ReadAsync(service, "/openapi.json", ct) is { } document ? JsonObject.Create(document) : null;
        try
        {
            foreach (var node in (await _nodes.AllAsync(ct)).Where(n => n.Node.Url is not null).OrderBy(n => n.WithdrawnAt is not null))
                if (await _calls.GetAsync(node.Node.Url!, "/openapi.json", null, TimeSpan.FromSeconds(_options.Value.NodeSeconds), ct) is { Status: 200, Body: { } body }) return JsonObject.Create(body);
        }
        catch (RefusalException) { }
        return null;
    }
}
