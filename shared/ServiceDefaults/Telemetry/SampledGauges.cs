using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>A gauge: name, unit (of UCUM), and what it tells.</summary>
public sealed record Gauge(string Name, string Unit, string Description);

/// <summary>One figure of a gauge.</summary>
public readonly record struct Reading(Gauge Gauge, double Value, params KeyValuePair<string, object?>[] Tags)
{
    /// <summary>A figure with one attribute.</summary>
    public static Reading Of(Gauge gauge, double value, string key, string? text) => new(gauge, value, new KeyValuePair<string, object?>(key, text));
}

/// <summary>Gauges whose figures lie in a database, and how they are read, all at once. Nothing is read where no telemetry is sent.</summary>
/// <param name="Read">In a scope of its own.</param>
public sealed record SampledGauges(IReadOnlyList<Gauge> Gauges, Func<IServiceProvider, CancellationToken, Task<IReadOnlyList<Reading>>> Read);

/// <summary>
/// Reads the gauges once per export, aside from it: a callback of an instrument may not wait for a database. Registered only where
/// telemetry is on.
/// </summary>
sealed class GaugeSampler(
    IEnumerable<SampledGauges> sources, IMeterFactory meters, IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, IConfiguration configuration, TimeProvider clock, ILogger<GaugeSampler> log)
    : BackgroundService
{
    readonly Dictionary<string, IReadOnlyList<Measurement<double>>> _last = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var meter = meters.Create(TownMeter.Name);
        foreach (var gauge in sources.SelectMany(s => s.Gauges))
            meter.CreateObservableGauge(gauge.Name, () => Last(gauge), gauge.Unit, gauge.Description);
        using var started = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStarted, stoppingToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, started.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var timer = new PeriodicTimer(Interval(), clock);
        try
        {
            do foreach (var source in sources) await SampleAsync(source, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    IReadOnlyList<Measurement<double>> Last(Gauge gauge)
    {
        lock (_last) return _last.GetValueOrDefault(gauge.Name, []);
    }

    async Task SampleAsync(SampledGauges source, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var readings = (await source.Read(scope.ServiceProvider, ct)).ToLookup(r => r.Gauge.Name, r => new Measurement<double>(r.Value, r.Tags));
            lock (_last)
                foreach (var gauge in source.Gauges) _last[gauge.Name] = [.. readings[gauge.Name]];
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Figures that are out of date would look like figures.
            lock (_last)
                foreach (var gauge in source.Gauges) _last.Remove(gauge.Name);
            log.LogWarning("Gauges {Gauges} could not be read: {Reason}", string.Join(", ", source.Gauges.Select(g => g.Name)), e.Message);
        }
    }

    // The exporter's own setting, and its default.
    TimeSpan Interval() => TimeSpan.FromMilliseconds(
        int.TryParse(configuration["OTEL_METRIC_EXPORT_INTERVAL"], NumberStyles.None, CultureInfo.InvariantCulture, out var set) && set > 0 ? set : 60_000);
}
