using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Hook;
using ClaudeManage.Supervisor;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.GatewayTests;

/// <summary>Hook, a gateway, and real nodes with sessions that are over; what a node announces is told to Hook by hand.</summary>
sealed class NodeTown : IAsyncDisposable
{
    readonly Keys _keys = new();
    readonly Dictionary<string, ModuleTestHost> _nodes = [];
    bool _hookIsGone;

    public ModuleTestHost Hook { get; private set; } = null!;

    public Front Front { get; private set; } = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<NodeTown> StartAsync(params string[] nodes)
    {
        var town = new NodeTown();
        town.Hook = await ModuleTestHost.StartAsync([new HookModule()], settings: new Dictionary<string, string?> { ["Auth:KeyFile"] = town._keys.Whole });
        town.Front = await Front.StartAsync(new Dictionary<string, string[]> { ["hook"] = [town.Hook.Address.ToString()] }, town._keys.Whole, ("Gateway:NodesSeconds", "0"), ("Gateway:NodeSeconds", "5"));
        foreach (var node in nodes) await town.NodeAsync(node);
        return town;
    }

    public ModuleTestHost Node(string name) => _nodes[name];

    async Task NodeAsync(string name)
    {
        var host = _nodes[name] = await ModuleTestHost.StartAsync([new SupervisorModule()], settings: new Dictionary<string, string?>
        {
            ["Auth:PublicKeyFile"] = _keys.Public,
            ["Supervisor:NodeId"] = name,
            ["Supervisor:Url"] = "http://node.example",
        });
        var announced = await Eventually.ResultAsync(() => Task.FromResult(host.Probe.Of<SupervisorStarted>().FirstOrDefault()), TimeSpan.FromSeconds(60), $"{name} offers itself", Ct);
        Assert.Equal((name, "http://node.example"), (announced.Node.NodeId, announced.Node.Url));
        await AnnounceAsync(name, host.Address.ToString());
    }

    /// <summary>To Hook: there is such a node.</summary>
    public async Task AnnounceAsync(string name, string? url)
    {
        var now = TimeProvider.System.GetUtcNow();
        await Hook.PublishAsync(new NodeHeartbeat(new NodeSnapshot(name, 1, [], ["command"], [], false, now, url), [], now), Ct);
        await Hook.IdleAsync(Ct);
    }

    /// <summary>To Hook: it offers nothing any more.</summary>
    public async Task WithdrawAsync(string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        await Hook.PublishAsync(new SupervisorStopped(Samples.Event(SupervisorStopped.Type, at: now), new NodeSnapshot(name, 1, [], ["command"], [], true, now, Node(name).Address.ToString())), Ct);
        await Hook.IdleAsync(Ct);
    }

    /// <summary>A session that is over.</summary>
    public async Task<Guid> SessionAsync(string node, DateTimeOffset at, string rig = "shop", string output = "")
    {
        var id = Ids.Ordered(at);
        await Node(node).UseAsync<SupervisorDbContext, int>(db =>
        {
            db.Sessions.Add(new SessionRow
            {
                Id = id,
                NodeId = node,
                AssignmentId = Guid.NewGuid(),
                AgentId = $"{rig}/polecats/nux",
                RigId = rig,
                WorkItemId = "sh-aaaaa",
                RequestedBy = "overseer",
                Fence = 1,
                State = SessionState.Exited,
                Phase = SessionPhase.Over,
                CreatedAt = at,
                StartedAt = at,
                EndedAt = at,
            });
            return db.SaveChangesAsync(Ct);
        });
        var transcript = SessionDirectoryOf(node, id);
        Directory.CreateDirectory(Path.GetDirectoryName(transcript)!);
        await File.WriteAllTextAsync(transcript, output, Ct);
        return id;
    }

    string SessionDirectoryOf(string node, Guid id) =>
        ClaudeManage.Supervisor.Running.SessionDirectory.Of(new ServiceDefaults.Hosting.DataDirectory(Node(node).Directory), id).Transcript;

    /// <summary>The node's machine is gone.</summary>
    public async Task StopAsync(string name)
    {
        await _nodes[name].DisposeAsync();
        _nodes.Remove(name);
    }

    /// <summary>Hook is gone.</summary>
    public async Task StopHookAsync()
    {
        await Hook.DisposeAsync();
        _hookIsGone = true;
    }

    public async ValueTask DisposeAsync()
    {
        await Front.DisposeAsync();
        foreach (var node in _nodes.Values) await node.DisposeAsync();
        if (!_hookIsGone) await Hook.DisposeAsync();
        _keys.Dispose();
    }
}
