using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Hook.Dispatch;

/// <summary>Runs the scheduler whenever something changed that it decides by. Without news it sleeps.</summary>
sealed class SchedulerService(IServiceScopeFactory scopes, HookSignals signals, TimeProvider clock, ILogger<SchedulerService> log) : BackgroundService
{
    // Nodes fall silent without an event.
    static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(5);
    static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var mark = signals.Scheduler.Next;
            var sleep = LongestSleep;
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var view = await scope.ServiceProvider.GetRequiredService<Scheduler>().RunAsync(stoppingToken);
                if (view.Again is { } again) sleep = again - clock.GetUtcNow() is { Ticks: > 0 } wait && wait < LongestSleep ? wait : AfterFailure;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogError(e, "The scheduler's pass failed and changed nothing; it runs again in a second");
                sleep = AfterFailure;
            }
            try { await Wakeup.WaitAsync(mark, sleep, clock, stoppingToken); }
            catch (OperationCanceledException) { return; }
        }
    }
}
