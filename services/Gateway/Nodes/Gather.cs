using System.Net.Http.Headers;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Gateway.Nodes;

/// <summary>
/// Lists that live on the nodes, put together: <c>GET /sessions</c> and <c>GET /runtime/supervisors</c>. Every node is asked with the
/// caller's own token, and one that does not answer is named.
/// </summary>
sealed class Gather(NodeDirectory directory, ServiceCalls calls, IOptions<GatewayOptions> options)
{
    /// <summary>A page of what all nodes have, and who could not be asked.</summary>
    sealed record GatheredPage(IReadOnlyList<JsonElement> Items, string? Next, IReadOnlyList<UnreachableNode> Unreachable);

    public async Task SessionsAsync(HttpContext http)
    {
        var size = Paging.Limit(int.TryParse(http.Request.Query["limit"], out var limit) ? limit : null);
        if (await AskAsync(http) is not var (pages, unreachable)) return;
        var entries = pages.SelectMany(p => p.Items).Select(i => (Item: i, Mark: MarkOf(i)))
            .OrderByDescending(e => e.Mark.CreatedAt).ThenBy(e => e.Mark.NodeId, StringComparer.Ordinal).ToList();
        // A node's own page may end where the whole one does not: one entry more tells that there is another page.
        if (entries.Count <= size && pages.Any(p => p.Next is not null)) entries.Add(entries[^1]);
        var page = http.Page(entries, size, e => e.Mark.Keys);
        await WriteAsync(http, new GatheredPage([.. page.Items.Select(e => e.Item)], page.Next, unreachable));
    }

    public async Task SupervisorsAsync(HttpContext http)
    {
        if (await AskAsync(http) is not var (pages, unreachable)) return;
        await WriteAsync(http, new GatheredPage([.. pages.SelectMany(p => p.Items)], null, unreachable));
    }

    /// <summary>Every node's page, in the order of their names; null when the answer is a refusal, already given.</summary>
    async Task<(IReadOnlyList<Page<JsonElement>>, IReadOnlyList<UnreachableNode>)?> AskAsync(HttpContext http)
    {
        var nodes = await directory.AllAsync(http.RequestAborted);
        var target = http.Request.Path + http.Request.QueryString.ToUriComponent();
        var token = AuthenticationHeaderValue.Parse(http.Request.Headers.Authorization.ToString());
        var answers = await Task.WhenAll(nodes.Select(async node => (Node: node, Answer: node.Node.Url is { } url
            ? await calls.GetAsync(url, target, token, TimeSpan.FromSeconds(options.Value.NodeSeconds), http.RequestAborted)
            : ServiceCalls.Answer.None("announces no address (Supervisor:Url)"))));
        // What is wrong with the question is the same everywhere.
        if (answers.Select(a => a.Answer).FirstOrDefault(a => a is { Status: >= 400 and < 500, Body: not null }) is { } refused)
        {
            http.Response.StatusCode = refused.Status;
            await http.Response.WriteAsJsonAsync(refused.Body, JsonSettings.Web, "application/problem+json", http.RequestAborted);
            return null;
        }
        return (
            [.. answers.Where(a => a.Answer is { Status: 200, Body: not null }).Select(a => a.Answer.Body!.Value.Deserialize<Page<JsonElement>>(JsonSettings.Web)!)],
            [.. answers.Where(a => a.Answer is not { Status: 200, Body: not null })
                .Select(a => new UnreachableNode(a.Node.Node.NodeId, a.Node.Node.Url, a.Answer.Failure ?? $"answered with status {a.Answer.Status}", a.Node.LastSeenAt))]);
    }

    static SessionMark MarkOf(JsonElement session) =>
        new(session.GetProperty("createdAt").GetDateTimeOffset(), session.GetProperty("nodeId").GetString()!, session.GetProperty("id").GetGuid());

    static Task WriteAsync(HttpContext http, GatheredPage page) => http.Response.WriteAsJsonAsync(page, JsonSettings.Web, http.RequestAborted);
}
