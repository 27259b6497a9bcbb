using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook.Dispatch;

/// <summary>Runs the scheduler whenever something changed that it decides by. Without news it sleeps.</summary>
sealed class SchedulerService(IServiceScopeFactory scopes, HookSignals signals, RoleBeats beats, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<SchedulerService> log) : BackgroundService
{
    // Nodes fall silent without an event.
    static readonly TimeSpan Alone = TimeSpan.FromMinutes(5);

    // A replica may have died between its commit and the pass it would have made.
    static readonly TimeSpan WithOthers = TimeSpan.FromSeconds(15);
    static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var longest = database.Value.Provider == DatabaseProvider.Sqlite ? Alone : WithOthers;
        while (!stoppingToken.IsCancellationRequested)
        {
            var mark = signals.Scheduler.Next;
            var sleep = longest;
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var view = await scope.ServiceProvider.GetRequiredService<Scheduler>().RunAsync(stoppingToken);
                if (view.Again is { } again) sleep = again - clock.GetUtcNow() is { Ticks: > 0 } wait && wait < longest ? wait : AfterFailure;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogError(e, "The scheduler's pass failed and changed nothing; it runs again in a second");
                sleep = AfterFailure;
            }
            beats.Beat("hook", "dispatcher", sleep);
            try { await Wakeup.WaitAsync(mark, sleep, clock, stoppingToken); }
            catch (OperationCanceledException) { return; }
        }
    }
}
