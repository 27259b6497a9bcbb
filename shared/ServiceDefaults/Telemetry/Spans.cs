using System.Diagnostics;
using ClaudeManage.Messaging;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>
/// A service's own spans, source <c>ClaudeManage.&lt;service&gt;</c>. They belong to the trace of the item they are about, however long ago
/// that began and whoever asks now.
/// </summary>
public sealed class Spans(string service)
{
    readonly ActivitySource _source = new("ClaudeManage." + service);

    /// <summary>
    /// Starts a span, or nothing when nobody listens. With <paramref name="trace"/> it is part of that trace: below the running span if that
    /// belongs to it already, else below the kept one with a link to the running span, which is a request of somebody else's trace.
    /// </summary>
    /// <param name="trace">A kept trace parent; null continues what runs.</param>
    public Activity? Start(string name, string? trace = null, string? workItem = null, string? rig = null, string? actor = null, long? fence = null)
    {
        if (!_source.HasListeners()) return null;
        var running = Activity.Current?.Context ?? default;
        var kept = TraceContext.Parse(trace);
        var elsewhere = kept != default && kept.TraceId != running.TraceId;
        var span = _source.StartActivity(name, ActivityKind.Internal, elsewhere ? kept : running, links: elsewhere && running != default ? [new(running)] : null);
        if (span is not { IsAllDataRequested: true }) return span;
        if (workItem is not null) span.SetTag(LogScope.WorkItemKey, workItem);
        if (rig is not null) span.SetTag("rig", rig);
        if (actor is not null) span.SetTag(LogScope.ActorKey, actor);
        if (fence is not null) span.SetTag("fence", fence);
        return span;
    }
}
