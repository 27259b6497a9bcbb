using ClaudeManage.Gateway.Proxying;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Gateway.Nodes;

/// <summary>
/// The supervisors' routes. They are not replicas of one another: a session is on one node, a node is one machine, and the lists are what
/// all nodes have.
/// </summary>
static class NodeEndpoints
{
    const string Session = "/sessions/{id:guid}";
    const string Node = "/runtime/supervisors/{id}/";
    const string DeadLetters = "/dead-letters/supervisor";

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in RouteTable.All.Where(r => r.Service == RouteTable.Supervisor))
        {
            RequestDelegate handler = route switch
            {
                { Method: "GET", Path: "/sessions" } => http => http.RequestServices.GetRequiredService<Gather>().SessionsAsync(http),
                { Method: "GET", Path: "/runtime/supervisors" } => http => http.RequestServices.GetRequiredService<Gather>().SupervisorsAsync(http),
                _ when route.Path.StartsWith(Session, StringComparison.Ordinal) => ToSessionAsync,
                _ when route.Path.StartsWith(Node, StringComparison.Ordinal) => ToNodeAsync,
                _ when route.Path.StartsWith(DeadLetters, StringComparison.Ordinal) => ToNamedNodeAsync,
                _ => throw new InvalidOperationException($"{route.Method} {route.Path}: routes of supervisors lead to a session, to a node, or are gathered; this one is none of these."),
            };
            RouteTable.Open(routes.MapMethods(route.Path, [route.Method], http => AnswerAsync(http, handler)), route.Access);
        }
    }

    static async Task ToSessionAsync(HttpContext http)
    {
        var id = Guid.Parse((string)http.GetRouteValue("id")!);
        await http.RequestServices.GetRequiredService<NodeForwarder>().SendAsync(http, await http.RequestServices.GetRequiredService<SessionPlaces>().FindAsync(id, http.RequestAborted));
    }

    static Task ToNodeAsync(HttpContext http) => ToAsync(http, (string)http.GetRouteValue("id")!);

    /// <summary>To the node that <c>?node=</c> names, or to the only one there is: each numbers its dead letters by itself.</summary>
    static Task ToNamedNodeAsync(HttpContext http) => ToAsync(http, http.Request.Query["node"].ToString() is { Length: > 0 } named ? named : null);

    static async Task ToAsync(HttpContext http, string? id)
    {
        var nodes = await http.RequestServices.GetRequiredService<NodeDirectory>().AllAsync(http.RequestAborted);
        if (id is null && nodes.Count > 1)
            throw new Refusal(400, "node-needed", $"Every node has its own. Name one with ?node=, e.g. ?node={nodes[0].Node.NodeId}; GET /runtime/supervisors lists them.").AsException();
        var node = (id is null ? nodes.FirstOrDefault() : nodes.FirstOrDefault(n => n.Node.NodeId == id))
            ?? throw Refusal.NotFound("supervisor", id ?? "", "GET /runtime/supervisors lists the nodes.").AsException();
        await http.RequestServices.GetRequiredService<NodeForwarder>().SendAsync(http, node);
    }

    static async Task AnswerAsync(HttpContext http, RequestDelegate handler)
    {
        try { await handler(http); }
        catch (RefusalException e) when (!http.Response.HasStarted) { await http.TellAsync(e.Refusal); }
    }
}
