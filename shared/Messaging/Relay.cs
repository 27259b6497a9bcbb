using System.Diagnostics;
using ClaudeManage.Persistence;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Messaging;

/// <summary>What the relays of all modules have in common for those who watch them.</summary>
interface IRelay
{
    string Module { get; }
    Type DbContext { get; }
    /// <summary>Nothing read that is not finished.</summary>
    bool IsIdle { get; }
}

/// <summary>
/// Takes the due rows of one module's outbox out into the world. Woken by commits and by the clock; an idle module costs
/// one empty look a minute.
/// </summary>
abstract class Relay<TDb>(string module, IServiceProvider services) : BackgroundService, IRelay where TDb : ModuleDbContext
{
    protected readonly BusOptions Options = services.GetRequiredService<IOptions<BusOptions>>().Value;
    protected readonly TimeProvider Clock = services.GetRequiredService<TimeProvider>();
    protected readonly RelaySignal<TDb> Signal = services.GetRequiredService<RelaySignal<TDb>>();
    protected readonly IServiceProvider Services = services;
    protected readonly ILogger Log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Messaging.Relay." + module);

    public string Module => module;
    public Type DbContext => typeof(TDb);
    public abstract bool IsIdle { get; }

    /// <summary>One look. Returns whether there is reason to look again at once.</summary>
    protected abstract Task<bool> PassAsync(TDb db, CancellationToken ct);

    protected virtual Task StartingAsync(CancellationToken ct) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await HostStartedAsync(stoppingToken);
        await StartingAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var began = Stopwatch.GetTimestamp();
                await using (var scope = Services.CreateAsyncScope())
                    if (await PassAsync(scope.ServiceProvider.GetRequiredService<TDb>(), stoppingToken)) continue;
                if (!await Signal.WaitAsync(Options.Sweep, stoppingToken)) Signal.Sweep();
                // Woken soon again: there is traffic, let commits gather.
                if (Stopwatch.GetElapsedTime(began) < Options.Linger) await Task.Delay(Options.Linger, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                Log.LogWarning(e, "Outbox of {Module}: pass failed, next in a second", module);
                Signal.Sweep();
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Sets the alarm for the next scheduled row; cheap to ask, because it looks only after the last alarm went off.</summary>
    protected async Task SetAlarmAsync(TDb db, DateTimeOffset now, CancellationToken ct)
    {
        if (await db.NextDueAsync(now, ct) is { } next) Signal.PulseAt(next);
    }

    async Task HostStartedAsync(CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(ct);
    }
}
