using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs over OTLP; docs/telemetry.md tells what is in them.</summary>
public static class TelemetryRegistration
{
    const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Sends telemetry to where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says; the other standard variables hold too. Without it nothing is built,
    /// loaded or sent.
    /// </summary>
    /// <param name="service">Becomes <c>service.name</c>, unless <c>OTEL_SERVICE_NAME</c> is set.</param>
    public static void AddTelemetry(this IHostApplicationBuilder builder, string service)
    {
        if (builder.Configuration[Endpoint] is { Length: > 0 }) Build(builder, service);
    }

    // A method of its own: the assemblies it names are loaded when it is first run.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Build(IHostApplicationBuilder builder, string service)
    {
        var name = builder.Configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } named ? named : service;
        var version = typeof(TelemetryRegistration).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService(name, serviceVersion: version))
            .WithTracing(traces =>
            {
                traces.AddSource("MassTransit", "Npgsql", "ClaudeManage.*").AddHttpClientInstrumentation()
                    .AddAspNetCoreInstrumentation(o => o.Filter = http => !http.Request.Path.StartsWithSegments("/health"));
                if (builder.Configuration["OTEL_TRACES_SAMPLER"] is not { Length: > 0 }) traces.SetSampler(new ParentBasedSampler(new CausedOnly()));
            })
            .WithMetrics(metrics => metrics.AddMeter("MassTransit", "Npgsql", TownMeter.Name).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation())
            .WithLogging(null, logs => (logs.IncludeScopes, logs.IncludeFormattedMessage) = (true, true))
            .UseOtlpExporter();
        builder.Services.AddSingleton(MessagingGauges.All);
        builder.Services.AddHostedService<GaugeSampler>();
    }

    /// <summary>Everything but database commands that no request, message or step asked for: the relay's looks would be most of all traces.</summary>
    sealed class CausedOnly : Sampler
    {
        const string HttpRequest = "System.Net.Http.HttpRequestOut";

        public override SamplingResult ShouldSample(in SamplingParameters span) => new(
            span.Kind == System.Diagnostics.ActivityKind.Client && span.ParentContext.TraceId == default && span.Name != HttpRequest ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
