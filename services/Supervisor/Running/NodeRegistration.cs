using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Running;

/// <summary>Offers this node to the town, says regularly that it is alive and what it runs, and withdraws it.</summary>
sealed class NodeRegistration(
    SessionStore store, SessionRegistry registry, NodeState node, ProcessorMeter meter, IOptions<SupervisorOptions> options, TimeProvider clock, ILogger<NodeRegistration> log) : BackgroundService
{
    static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    static readonly Caller Self = Caller.System("supervisor");

    readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly SemaphoreSlim _gate = new(1, 1);
    bool _offered;

    /// <summary>Once what an earlier process left is being looked after.</summary>
    public void Begin() => _begun.TrySetResult();

    /// <summary>To the town: there are slots here.</summary>
    public Task OfferAsync(CancellationToken ct) => AnnounceAsync(true, () => new SupervisorStarted(Self.Event(SupervisorStarted.Type, clock.Now()), node.Snapshot()), ct);

    /// <summary>To the town: nothing runs here, and nothing will.</summary>
    public Task WithdrawAsync(CancellationToken ct) => AnnounceAsync(false, () => new SupervisorStopped(Self.Event(SupervisorStopped.Type, clock.Now()), node.Snapshot()), ct);

    /// <summary>To the town: alive, and this is what runs.</summary>
    public Task BeatAsync(CancellationToken ct)
    {
        meter.Look();
        return store.PublishAsync(new NodeHeartbeat(node.Snapshot(), [.. registry.All.Where(s => s.Fence > 0).Select(s => s.ToSignal())], clock.Now()), ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Enabled) return;
        await _begun.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            var mark = registry.Changed.Next;
            try
            {
                if (!node.Draining) await OfferAsync(stoppingToken);
                if (_offered && node.Draining && registry.All.Count == 0) await WithdrawAsync(stoppingToken);
                if (_offered) await BeatAsync(stoppingToken);
                await Wakeup.WaitAsync(mark, registry.All.Count > 0 ? TimeSpan.FromSeconds(options.Value.HeartbeatSeconds) : Idle, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogError(e, "The node could not say that it is alive; trying again");
                await Task.Delay(TimeSpan.FromSeconds(5), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task AnnounceAsync(bool offer, Func<object> message, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_offered == offer) return;
            await store.PublishAsync(message(), ct);
            _offered = offer;
        }
        finally { _gate.Release(); }
    }
}
