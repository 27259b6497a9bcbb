using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>The suite's own instruments. Each is in docs/telemetry.md; a test compares.</summary>
public static class TownMeter
{
    /// <summary>The name collectors see.</summary>
    public const string Name = "ClaudeManage";

    // A claim takes a millisecond, a gate an hour.
    static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600],
    };

    static readonly Meter Meter = new(Name);

    /// <summary>How often something happened.</summary>
    public static Counter<long> Counter(string name, string description) => Meter.CreateCounter<long>(name, null, description);

    /// <summary>How long something took, in seconds; its count is how often.</summary>
    public static Histogram<double> Duration(string name, string description) => Meter.CreateHistogram(name, "s", description, null, Seconds);

    /// <summary>Records the time since a <see cref="Stopwatch"/>'s timestamp.</summary>
    public static void Since(this Histogram<double> histogram, long began, string key, string value)
    {
        if (histogram.Enabled) histogram.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>(key, value));
    }
}
