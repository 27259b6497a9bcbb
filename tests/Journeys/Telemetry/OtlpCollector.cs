using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Journeys.Telemetry;

/// <summary>
/// Receives OTLP over http/protobuf and over gRPC on a loopback port of its own, and keeps everything. One collector serves any number of processes.
/// </summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<CollectedSpan> _spans = new();
    readonly ConcurrentQueue<CollectedLog> _logs = new();
    readonly ConcurrentQueue<CollectedMetric> _metrics = new();

    OtlpCollector(WebApplication app) => _app = app;

    /// <summary>Spans so far, in order of arrival.</summary>
    public IReadOnlyList<CollectedSpan> Spans => [.. _spans];

    /// <summary>Log records so far.</summary>
    public IReadOnlyList<CollectedLog> Logs => [.. _logs];

    /// <summary>Metrics so far; every export brings each again.</summary>
    public IReadOnlyList<CollectedMetric> Metrics => [.. _metrics];

    /// <summary>Forgets the spans so far, where many came that nobody asks for.</summary>
    public void ForgetSpans() => _spans.Clear();

    Uri Http => new(_app.Urls.First());

    Uri Grpc => new(_app.Urls.Last());

    /// <summary>Settings for a process that shall send here, often enough for a test: as environment variables or configuration keys.</summary>
    public Dictionary<string, string> Settings(bool grpc = false) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = (grpc ? Grpc : Http).ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = grpc ? "grpc" : "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    /// <summary>Starts one.</summary>
    public static async Task<OtlpCollector> StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var collector = new OtlpCollector(builder.Build());
        collector._app.Run(collector.ReceiveAsync);
        await collector._app.StartAsync(ct);
        return collector;
    }

    async Task ReceiveAsync(HttpContext http)
    {
        var grpc = http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true;
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        // A gRPC message has a flag and its length in front.
        Keep(http.Request.Path, buffer.ToArray().AsMemory(grpc ? 5 : 0));
        // An empty message is the answer of success.
        http.Response.ContentType = grpc ? "application/grpc" : "application/x-protobuf";
        if (!grpc) return;
        await http.Response.BodyWriter.WriteAsync(new byte[5], http.RequestAborted);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    void Keep(string path, ReadOnlyMemory<byte> request)
    {
        switch (path)
        {
            case "/v1/traces" or "/opentelemetry.proto.collector.trace.v1.TraceService/Export":
                foreach (var span in Otlp.Spans(request)) _spans.Enqueue(span);
                break;
            case "/v1/logs" or "/opentelemetry.proto.collector.logs.v1.LogsService/Export":
                foreach (var log in Otlp.Logs(request)) _logs.Enqueue(log);
                break;
            case "/v1/metrics" or "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export":
                foreach (var metric in Otlp.Metrics(request)) _metrics.Enqueue(metric);
                break;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
