using ClaudeManage.Contracts.Http;
using ClaudeManage.Gateway.Proxying;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Gateway.Nodes;

/// <summary>Which node has a session. All are asked once; a session never moves, so the answer is kept.</summary>
sealed class SessionPlaces(NodeDirectory directory, ServiceCalls calls, IOptions<GatewayOptions> options) : IDisposable
{
    const int Remembered = 10_000;

    readonly MemoryCache _places = new(new MemoryCacheOptions { SizeLimit = Remembered });

    /// <summary>The node that has it.</summary>
    /// <exception cref="RefusalException">404: none has it. 503: none of those that answer, and others do not.</exception>
    public async Task<KnownNode> FindAsync(Guid session, CancellationToken ct)
    {
        var nodes = await directory.AllAsync(ct);
        if (_places.TryGetValue(session, out string? place) && nodes.FirstOrDefault(n => n.Node.NodeId == place) is { } known) return known;

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var silent = new List<string>();
        await foreach (var asked in Task.WhenEach(nodes.Select(n => AskAsync(n, session, enough.Token))).WithCancellation(ct))
        {
            var (node, status) = await asked;
            if (status == StatusCodes.Status200OK)
            {
                _places.Set(session, node.Node.NodeId, new MemoryCacheEntryOptions { Size = 1 });
                await enough.CancelAsync();
                return node;
            }
            if (status != StatusCodes.Status404NotFound) silent.Add(node.Node.NodeId);
        }
        throw (silent.Count == 0 ? Refusal.NotFound("session", session.ToString())
            : Trouble.Unreachable($"Session {session} is on none of the nodes that answer; {string.Join(", ", silent.Order(StringComparer.Ordinal))}", RouteTable.Supervisor, "may have it and cannot be reached")).AsException();
    }

    async Task<(KnownNode Node, int Status)> AskAsync(KnownNode node, Guid session, CancellationToken ct)
    {
        if (node.Node.Url is null) return (node, 0);
        try { return (node, (await calls.GetAsync(node.Node.Url, $"/sessions/{session}", calls.Token(), TimeSpan.FromSeconds(options.Value.NodeSeconds), ct)).Status); }
        catch (OperationCanceledException) { return (node, 0); }
    }

    public void Dispose() => _places.Dispose();
}
