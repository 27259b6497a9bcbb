using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Serialization;

namespace ClaudeManage.Messaging;

/// <summary>A row as MassTransit's send pipe wants to see it; the envelope itself holds conversation, correlation and the rest.</summary>
sealed class StoredMessage : OutboxMessageContext
{
    readonly OutboxRow _row;
    readonly SerializerContext _envelope;

    public StoredMessage(OutboxRow row)
    {
        _row = row;
        Headers = new MassTransit.Transports.JsonTransportHeaders(new MassTransit.Transports.DictionaryHeaderProvider(RowHeaders.Of(row)));
        IMessageDeserializer json = SystemTextJsonMessageSerializer.Instance;
        _envelope = json.Deserialize(json.GetMessageBody(row.Body), Headers, null);
    }

    public long SequenceNumber => _row.Id;
    public Guid MessageId => _row.MessageId;
    public string ContentType => _row.ContentType;
    public string MessageType => _row.MessageTypes;
    public string Body => _row.Body;
    public IReadOnlyDictionary<string, object> Properties { get; } = new Dictionary<string, object>();
    public Headers Headers { get; }
    public Uri? DestinationAddress => _envelope.DestinationAddress;
    Guid? MessageContext.MessageId => _row.MessageId;
    public Guid? RequestId => _envelope.RequestId;
    public Guid? CorrelationId => _envelope.CorrelationId;
    public Guid? ConversationId => _envelope.ConversationId;
    public Guid? InitiatorId => _envelope.InitiatorId;
    public DateTime? ExpirationTime => _envelope.ExpirationTime;
    public Uri? SourceAddress => _envelope.SourceAddress;
    public Uri? ResponseAddress => _envelope.ResponseAddress;
    public Uri? FaultAddress => _envelope.FaultAddress;
    public DateTime? SentTime => _envelope.SentTime;
    public HostInfo Host => _envelope.Host;
}

static class RowHeaders
{
    public const string Attempts = "Cm-Attempts";
    const string ActivityId = "MT-Activity-Id";

    public static Dictionary<string, object> Of(OutboxRow row)
    {
        var headers = row.Headers is null ? [] : new Dictionary<string, object>(
            SystemTextJsonMessageSerializer.Instance.DeserializeDictionary<object>(row.Headers) ?? [], StringComparer.OrdinalIgnoreCase);
        if (row.TraceContext is not null) headers.TryAdd(ActivityId, row.TraceContext);
        if (row.Attempts > 0) headers[Attempts] = row.Attempts.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return headers;
    }

    public static int AttemptsOf(ReceiveContext context) =>
        context.TransportHeaders.TryGetHeader(Attempts, out var value)
        // AMQP strings may come as bytes.
        && int.TryParse(value is byte[] bytes ? System.Text.Encoding.UTF8.GetString(bytes) : value?.ToString(), out var attempts) ? attempts : 0;
}
