using System.Collections.Concurrent;
using System.Diagnostics;

namespace ClaudeManage.MessagingTests;

/// <summary>Records the spans of one trace, as a collector would see them. Listeners are the process's: other tests' traces are not kept.</summary>
sealed class RecordedSpans : IDisposable
{
    readonly ActivitySource _source = new("Tests." + Guid.NewGuid());
    readonly ConcurrentQueue<Activity> _ended = new();
    readonly ActivityListener _listener;
    ActivityTraceId _trace;

    public RecordedSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source == _source || source.Name == "MassTransit",
            // Roots too, as a collector has them: what should go on must not be lost by beginning anew.
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> OfTheTrace => [.. _ended.Where(s => s.TraceId == _trace)];

    /// <summary>Names of spans whose parent is not there.</summary>
    public IReadOnlyList<string> Orphans
    {
        get
        {
            var all = OfTheTrace;
            var known = all.Select(s => s.SpanId).ToHashSet();
            return [.. all.Where(s => s.ParentSpanId != default && !known.Contains(s.ParentSpanId)).Select(s => s.OperationName)];
        }
    }

    /// <summary>Begins the trace.</summary>
    public Activity Begin(string name)
    {
        var span = _source.StartActivity(name)!;
        _trace = span.TraceId;
        return span;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
    }
}
