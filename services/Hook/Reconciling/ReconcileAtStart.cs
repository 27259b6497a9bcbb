using ClaudeManage.ServiceDefaults.Auth;

namespace ClaudeManage.Hook.Reconciling;

/// <summary>Runs the reconciler once when the host starts and sets its due message for the next time.</summary>
sealed class ReconcileAtStart(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ReconcileAtStart> log) : BackgroundService
{
    static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var reconciler = scope.ServiceProvider.GetRequiredService<Reconciler>();
                var result = await reconciler.RunAsync(Caller.System("hook"), stoppingToken);
                await reconciler.BeginChainAsync(stoppingToken);
                foreach (var repair in result.Repairs) log.LogWarning("Reconciled {WorkItem}: {What} ({Before} → {After})", repair.WorkItemId, repair.What, repair.Before, repair.After);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogError(e, "The reconciler failed and changed nothing; again in {Seconds} s", AfterFailure.TotalSeconds);
            }
            try { await Task.Delay(AfterFailure, clock, stoppingToken); }
            catch (OperationCanceledException) { return; }
        }
    }
}
