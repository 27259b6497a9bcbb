using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using ClaudeManage.Contracts.Suite;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>How often a service says that it is alive. Section <c>Pulse</c>.</summary>
public sealed class PulseOptions
{
    /// <summary>Seconds between two pulses of each service; 0 for none (then the deacon hears of nobody).</summary>
    [Range(0, 3_600)]
    public int Seconds { get; set; } = 60;
}

/// <summary>Says at regular times that a module is alive, how its messages, database and disk are, and which of its roles came round.</summary>
sealed class ModulePulses<TDb>(string module, IServiceProvider services) : BackgroundService where TDb : ModuleDbContext
{
    /// <summary>A busy machine is not a dead one.</summary>
    const int Patience = 2;

    static readonly string Replica = $"{Environment.MachineName}:{Environment.ProcessId}";

    readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    readonly ILogger _log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Pulse");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (services.GetRequiredService<IOptions<PulseOptions>>().Value.Seconds is not (> 0 and var seconds)) return;
        var every = TimeSpan.FromSeconds(seconds);
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try { await BeatAsync(every, stoppingToken); }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e) { _log.LogWarning("{Module} could not say that it is alive: {Reason}", module, e.Message); }
            await Task.Delay(every, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task BeatAsync(TimeSpan every, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        var asked = Stopwatch.GetTimestamp();
        var messaging = services.GetRequiredService<IMessagingHealth>();
        var messages = (await messaging.ReadAsync(ct)).Single(m => m.Module == module);
        var took = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
        var backlog = await messaging.BacklogAsync(typeof(TDb), ct);
        var now = _clock.Now();
        var vitals = new ModuleVitals(messages.Outbox, messages.OldestDueAge?.TotalSeconds ?? 0, messages.DeadLetters, Math.Round(took, 1), Free(), backlog);
        var beats = services.GetRequiredService<RoleBeats>();
        var pulse = new ModulePulse(module, Replica, now, now + (every * Patience), vitals, beats.Of(module), beats.StartedAt);
        await db.TransactAsync(token => scope.ServiceProvider.GetRequiredService<IOutbox<TDb>>().PublishAsync(pulse, token), ct);
    }

    long? Free()
    {
        try { return new DriveInfo(services.GetRequiredService<DataDirectory>().Root).AvailableFreeSpace; }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException) { return null; }
    }
}
