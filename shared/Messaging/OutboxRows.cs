using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Serialization;

namespace ClaudeManage.Messaging;

/// <summary>Turns what MassTransit is about to send into a row.</summary>
sealed class OutboxRows(TimeProvider clock)
{
    public const string PublishPrefix = "publish:";
    public const string QueuePrefix = "queue:";

    static readonly SystemTextJsonMessageSerializer Json = SystemTextJsonMessageSerializer.Instance;

    public OutboxRow From<T>(SendContext<T> context, IBus bus) where T : class
    {
        var due = context.TryGetPayload<DueTime>(out var time) ? time.At
            : context.Delay is { } delay && delay > TimeSpan.Zero ? clock.GetUtcNow() + delay
            : OutboxRow.AtOnce;
        var headers = context.Headers.GetAll().ToDictionary(x => x.Key, x => x.Value);
        return new OutboxRow
        {
            MessageId = context.MessageId!.Value,
            Destination = Destination(context, bus),
            MessageTypes = string.Join(';', context.SupportedMessageTypes),
            ContentType = (context.ContentType ?? context.Serialization.DefaultContentType).ToString(),
            Body = context.Serializer.GetMessageBody(context).GetString(),
            Headers = headers.Count == 0 ? null : Json.SerializeDictionary(headers),
            DueAt = due,
            CreatedAt = clock.GetUtcNow(),
            TraceContext = TraceContext.Current,
        };
    }

    static string Destination<T>(SendContext<T> context, IBus bus) where T : class
    {
        var name = LastSegment(context.DestinationAddress!);
        // The in-memory host calls an exchange by the message's URN, RabbitMQ by its entity name.
        var isPublished = name == MessageUrn.ForTypeString<T>()
            || (bus.Topology.Publish<T>().TryGetPublishAddress(bus.Address, out var published) && LastSegment(published) == name);
        return isPublished ? $"{PublishPrefix}{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}" : QueuePrefix + name;
    }

    static string LastSegment(Uri address) => Uri.UnescapeDataString(address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..]);

    /// <summary>A failed delivery, put off for one endpoint; the id stays, so its inbox still knows the message.</summary>
    public OutboxRow Again(ConsumeContext context, string endpoint, int attempts, TimeSpan after)
    {
        var received = context.ReceiveContext;
        return new OutboxRow
        {
            MessageId = context.MessageId ?? throw new MessageException(typeof(object), "A message without an id cannot be put off."),
            Destination = QueuePrefix + endpoint,
            MessageTypes = string.Join(';', context.SupportedMessageTypes),
            ContentType = received.ContentType.ToString(),
            Body = received.Body.GetString(),
            Headers = OurHeaders(received),
            DueAt = clock.GetUtcNow() + after,
            CreatedAt = clock.GetUtcNow(),
            TraceContext = TraceContext.Current,
            Attempts = attempts,
        };
    }

    /// <summary>A delivery that was not understood, as far as it can be kept. Types are empty when it is no message of ours.</summary>
    public OutboxRow Unread(ReceiveContext received)
    {
        var body = DeadLetters.Fit(received.Body.GetString());
        var (id, types) = DeadLetters.ReadEnvelope(body);
        return new OutboxRow
        {
            // The same delivery again has the same id.
            MessageId = id ?? new Guid(System.Security.Cryptography.SHA256.HashData(received.Body.GetBytes()).AsSpan(0, 16)),
            MessageTypes = types,
            ContentType = (received.ContentType ?? SystemTextJsonMessageSerializer.JsonContentType).ToString(),
            Body = body,
            Headers = OurHeaders(received),
            Attempts = RowHeaders.AttemptsOf(received),
        };
    }

    static string? OurHeaders(ReceiveContext received) =>
        Json.SerializeDictionary(received.TransportHeaders.GetAll().Where(x => IsOurs(x.Key)).ToDictionary(x => x.Key, x => x.Value));

    // The transport's own (content type, x-death, …) are written anew with the next sending.
    static bool IsOurs(string header) => header.StartsWith("MT-", StringComparison.OrdinalIgnoreCase) && !header.StartsWith("MT-Fault", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Rides on a send context: the instant, exact, where MassTransit knows delays only.</summary>
sealed record DueTime(DateTimeOffset At);
