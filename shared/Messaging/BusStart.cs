using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>
/// When to give up on a bus that does not come up. Waits that are known to have no end have one now (<see cref="BrokerSocket"/>); this is for those that
/// are not known, because such a process would never be ready again.
/// </summary>
sealed class BusStartPatience(TimeProvider clock)
{
    /// <summary>For so long a broker that takes our login may leave the bus without a start.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    long? _since;

    /// <summary>Whether the process should end, so that whoever keeps it starts it again. A broker that is away costs no patience.</summary>
    public bool IsOver(bool brokerIsThere)
    {
        if (!brokerIsThere) _since = null;
        else _since ??= clock.GetTimestamp();
        return _since is { } since && clock.GetElapsedTime(since) >= Longest;
    }
}

/// <summary>Ends a service whose bus does not come up although the broker is there.</summary>
sealed class BusStart(IBusControl bus, IConfiguration configuration, IHostApplicationLifetime life, TimeProvider clock, ILogger<BusStart> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var broker = new Uri(configuration.GetConnectionString("rabbitmq")!);
        var patience = new BusStartPatience(clock);
        while (true)
        {
            await Task.Delay(Look, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested || bus.CheckHealth().Status == BusHealthStatus.Healthy) return;
            if (!patience.IsOver(await Broker.TroubleAsync(broker, stoppingToken) is null)) continue;
            log.LogCritical("The broker is there, but the bus has not come up in {Seconds} s; the process ends, to be started again", BusStartPatience.Longest.TotalSeconds);
            Environment.ExitCode = 1;
            life.StopApplication();
            return;
        }
    }
}
