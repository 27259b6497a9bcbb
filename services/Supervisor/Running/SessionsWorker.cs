using System.Collections.Concurrent;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// Looks after every session of this node that is not over: those asked for now and, after a start, those an earlier
/// process left. It stops by handing everything back, or by leaving it as it is.
/// </summary>
sealed class SessionsWorker(
    SessionStore store, SessionRegistry registry, SessionRun run, LeaseKeeper leases, NodeState node, NodeRegistration registration, DataDirectory data,
    TownAddress address, IOptions<SupervisorOptions> options, TimeProvider clock, ILogger<SessionsWorker> log) : BackgroundService, IHostedLifecycleService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<Guid, Task> _running = new();
    bool _leaving;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Enabled) return;
        var adopting = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            var mark = registry.Requested.Next;
            try
            {
                await address.GetAsync(stoppingToken);
                if (adopting) node.Draining = await store.IsDrainingAsync(stoppingToken);
                foreach (var row in await store.OpenAsync(stoppingToken))
                    if (!_leaving && registry.Find(row.Id) is null)
                        await LookAfterAsync(row, adopting, stoppingToken);
                if (adopting) registration.Begin();
                adopting = false;
                await mark.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogError(e, "Sessions could not be read; trying again");
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task LookAfterAsync(SessionRow row, bool adopting, CancellationToken ct)
    {
        var session = new LiveSession(row, SessionDirectory.Of(data, row.Id));
        if (row.Phase != SessionPhase.Requested)
        {
            session.Claim = session.Files.ReadClaim();
            if (adopting) log.LogInformation("Session {Session} on {Item} goes on from {Phase}", row.Id, row.WorkItemId, row.Phase);
            if (session.Claim is { } claim)
            {
                var ttl = (await store.RigAsync(row.RigId, ct))?.Settings.LeaseSeconds;
                leases.Hold(session, claim.Lease, ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null, atOnce: true);
            }
            else if (row.Phase == SessionPhase.Running) session.LoseLease("its token was not kept");
        }
        if (row.StopKind is { } kind) session.RequestStop(new Ending(kind, row.StopReason ?? "", To: row.StopTo));
        registry.Add(session);
        // Queued here and not in the task: sessions of one agent begin in the order of their commands, and after a restart
        // the one that lives is in front of those that wait for its worktree.
        var turn = registry.TakeAgentAsync(row.AgentId, ct);
        _running[row.Id] = Task.Run(async () =>
        {
            try { await run.RunAsync(session, turn, ct); }
            finally
            {
                leases.LetGo(session.Id);
                registry.Remove(session);
                _running.TryRemove(session.Id, out _);
            }
        }, CancellationToken.None);
    }

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything of the host is stopped, so that leases can still be given back over HTTP.</summary>
    async Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken)
    {
        (_leaving, node.Draining) = (true, true);
        if (!options.Value.Enabled || options.Value.StopMode == StopMode.Leave) return;
        foreach (var session in registry.All) session.RequestStop(new Ending(EndKind.Drained, "Its node was stopped."));
        try
        {
            await Task.WhenAll(_running.Values).WaitAsync(cancellationToken);
            await registration.WithdrawAsync(cancellationToken);
        }
        catch (Exception e)
        {
            // What is still open stands in its row; the next start goes on with it.
            log.LogWarning("Not everything could be handed back: {Reason}", e.Message);
        }
    }

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_running.Values).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
