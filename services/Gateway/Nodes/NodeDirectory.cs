using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Gateway.Proxying;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Gateway.Nodes;

/// <summary>The nodes there are and where they are, from Hook, asked for only when somebody wants to know.</summary>
sealed class NodeDirectory
{
    const int PageSize = 500;
    const int MostPages = 20;

    readonly ServiceCalls _calls;
    readonly IOptions<GatewayOptions> _options;
    readonly Cached<IReadOnlyList<KnownNode>> _nodes;

    public NodeDirectory(ServiceCalls calls, IOptions<GatewayOptions> options, TimeProvider clock)
    {
        (_calls, _options) = (calls, options);
        _nodes = new Cached<IReadOnlyList<KnownNode>>(clock, AskAsync);
    }

    /// <summary>Every node of the town, by name.</summary>
    /// <exception cref="RefusalException">503: Hook does not answer, and never has.</exception>
    public Task<IReadOnlyList<KnownNode>> AllAsync(CancellationToken ct) => _nodes.GetAsync(ct);

    async Task<(IReadOnlyList<KnownNode>, TimeSpan)> AskAsync(IReadOnlyList<KnownNode>? before)
    {
        var fresh = TimeSpan.FromSeconds(_options.Value.NodesSeconds);
        var nodes = new List<KnownNode>();
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            if (await _calls.ReadAsync("hook", $"/runtime/nodes?limit={PageSize}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}", CancellationToken.None) is not { } answer)
            {
                // Machines do not move because Hook is away.
                return before is not null ? (before, fresh) : throw Trouble.Unreachable("The service hook", "hook", "does not say which nodes there are").AsException();
            }
            var found = answer.Deserialize<Page<KnownNode>>(JsonSettings.Web)!;
            nodes.AddRange(found.Items);
            if ((after = found.Next) is null) break;
        }
        return (nodes, fresh);
    }
}
