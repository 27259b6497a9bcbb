using System.Globalization;

namespace ClaudeManage.Journeys.Telemetry;

/// <summary>A span as it arrived.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Scope">The source it came from, e.g. <c>ClaudeManage.Hook</c>.</param>
/// <param name="ParentId">Null for a root.</param>
/// <param name="Links">Trace ids of what it points at.</param>
public sealed record CollectedSpan(
    string Service, string Scope, string TraceId, string Id, string? ParentId, string Name, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Links)
{
    /// <summary>The item it is about.</summary>
    public string? WorkItem => Attributes.GetValueOrDefault("work_item");
}

/// <summary>A log record as it arrived.</summary>
public sealed record CollectedLog(string Service, string Category, string Body, string? TraceId, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A metric as it arrived, with the attributes and the value (of a histogram: the count) of each of its points.</summary>
public sealed record CollectedMetric(string Service, string Meter, string Name, IReadOnlyList<(IReadOnlyDictionary<string, string> Attributes, double Value)> Points);

/// <summary>Reads OTLP's requests; the numbers are those of opentelemetry-proto.</summary>
static class Otlp
{
    public static IEnumerable<CollectedSpan> Spans(ReadOnlyMemory<byte> request) =>
        from batch in Batches(request)
        from span in batch.Scope.Of(2)
        let f = span.Message
        let parent = f.One(4).Hex
        select new CollectedSpan(batch.Service, batch.Name, f.One(1).Hex, f.One(2).Hex, parent.Length == 0 ? null : parent, f.One(5).Text, Attributes(f.Of(9)), [.. f.Of(13).Select(l => l.Message.One(1).Hex)]);

    public static IEnumerable<CollectedLog> Logs(ReadOnlyMemory<byte> request) =>
        from batch in Batches(request)
        from record in batch.Scope.Of(2)
        let f = record.Message
        let trace = f.One(9).Hex
        select new CollectedLog(batch.Service, batch.Name, Value(f.One(5).Message), trace.Length == 0 ? null : trace, Attributes(f.Of(6)));

    public static IEnumerable<CollectedMetric> Metrics(ReadOnlyMemory<byte> request) =>
        from batch in Batches(request)
        from metric in batch.Scope.Of(2)
        let f = metric.Message
        select new CollectedMetric(batch.Service, batch.Name, f.One(1).Text, [.. f.Of(5).Concat(f.Of(7)).SelectMany(d => d.Message.Of(1)).Select(p => Number(p.Message)), .. f.Of(9).SelectMany(d => d.Message.Of(1)).Select(p => Count(p.Message))]);

    /// <summary>Traces, logs and metrics are packed alike: resource, then scope, then what it is about.</summary>
    static IEnumerable<(string Service, string Name, IReadOnlyList<ProtoField> Scope)> Batches(ReadOnlyMemory<byte> request) =>
        from resource in Protobuf.Read(request).Of(1)
        let fields = resource.Message
        let service = Attributes(fields.One(1).Message.Of(1)).GetValueOrDefault("service.name", "")
        from scope in fields.Of(2)
        let parts = scope.Message
        select (service, parts.One(1).Message.One(1).Text, parts);

    static (IReadOnlyDictionary<string, string>, double) Number(IReadOnlyList<ProtoField> point) =>
        (Attributes(point.Of(7)), point.Any(f => f.Number == 4) ? point.One(4).Double : (long)point.One(6).Value);

    static (IReadOnlyDictionary<string, string>, double) Count(IReadOnlyList<ProtoField> point) => (Attributes(point.Of(9)), point.One(4).Value);

    static Dictionary<string, string> Attributes(IEnumerable<ProtoField> pairs)
    {
        var attributes = new Dictionary<string, string>();
        foreach (var pair in pairs.Select(p => p.Message)) attributes[pair.One(1).Text] = Value(pair.One(2).Message);
        return attributes;
    }

    static string Value(IReadOnlyList<ProtoField> value) => value is not [var one, ..] ? "" : one.Number switch
    {
        1 => one.Text,
        2 => one.Value != 0 ? "true" : "false",
        3 => ((long)one.Value).ToString(CultureInfo.InvariantCulture),
        4 => one.Double.ToString(CultureInfo.InvariantCulture),
        _ => one.Hex,
    };
}
