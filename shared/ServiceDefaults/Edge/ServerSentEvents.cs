using Microsoft.AspNetCore.Http;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>Writes <c>text/event-stream</c>.</summary>
public static class ServerSentEvents
{
    /// <summary>True when the client asked for a stream.</summary>
    public static bool WantsEventStream(this HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Begins the stream: headers out at once, no buffering on the way.</summary>
    public static async Task BeginEventStreamAsync(this HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.StartAsync();
        await response.Body.FlushAsync();       // StartAsync alone keeps the headers until the first event
    }

    /// <summary>One event. <paramref name="data"/> is one line of text, normally JSON.</summary>
    public static async Task WriteEventAsync(this HttpResponse response, string id, string type, string data, CancellationToken ct)
    {
        await response.WriteAsync($"id: {id}\nevent: {type}\ndata: {data}\n\n", ct);
        await response.Body.FlushAsync(ct);
    }

    /// <summary>A comment line that keeps proxies and clients from giving up.</summary>
    public static async Task WriteKeepAliveAsync(this HttpResponse response, CancellationToken ct)
    {
        await response.WriteAsync(": still here\n\n", ct);
        await response.Body.FlushAsync(ct);
    }
}
