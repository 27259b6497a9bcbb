using System.Diagnostics;

namespace ClaudeManage.Messaging;

/// <summary>How a trace gets over a pause: as text in the row that waits, whether that is a message or the thing itself.</summary>
public static class TraceContext
{
    /// <summary>
    /// W3C trace parent of the running span; null when nobody records it. ASP.NET makes unrecorded ones for its own use: kept, they would
    /// tell a later reader not to record either.
    /// </summary>
    public static string? Current => Activity.Current is { Recorded: true } span ? span.Id : null;

    /// <summary>The span a kept text speaks of; the default for none.</summary>
    public static ActivityContext Parse(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var context) ? context : default;
}
