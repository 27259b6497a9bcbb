using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Metadata;
using MassTransit.Serialization;

namespace ClaudeManage.Messaging;

/// <summary>
/// Published messages as rows, without MassTransit's send pipe: what the envelope needs besides the message is the same for
/// every message of a type. The text is what MassTransit itself would have written.
/// </summary>
sealed class Envelopes(IBus bus, TimeProvider clock)
{
    readonly ConcurrentDictionary<Type, Template> _templates = new();

    public OutboxRow Publish(object message, Guid messageId, DateTimeOffset dueAt)
    {
        var template = _templates.GetOrAdd(message.GetType(), type => Template.Of(type, bus));
        var now = clock.GetUtcNow();
        return new OutboxRow
        {
            MessageId = messageId,
            Destination = template.Destination,
            MessageTypes = template.MessageTypes,
            ContentType = SystemTextJsonMessageSerializer.JsonContentType.ToString(),
            Body = template.Write(message, messageId, now.UtcDateTime),
            DueAt = dueAt,
            CreatedAt = now,
            TraceContext = TraceContext.Current,
        };
    }

    sealed class Template(string destination, string messageTypes, string addresses, string host)
    {
        [ThreadStatic] static System.Buffers.ArrayBufferWriter<byte>? _buffer;

        public string Destination => destination;
        public string MessageTypes => messageTypes;

        public static Template Of(Type type, IBus bus) => (Template)typeof(Template)
            .GetMethod(nameof(Make), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [bus])!;

        static Template Make<T>(IBus bus) where T : class
        {
            if (!MessageTypeCache<T>.IsValidMessageType) throw new MessageException(typeof(T), MessageTypeCache<T>.InvalidMessageTypeReason ?? "not a message type");
            var to = bus.Topology.Publish<T>().TryGetPublishAddress(bus.Address, out var address) ? address : null;
            var addresses = Json(new { SourceAddress = bus.Address, DestinationAddress = to, MessageType = MessageTypeCache<T>.MessageTypeNames });
            return new Template($"{OutboxRows.PublishPrefix}{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}",
                string.Join(';', MessageTypeCache<T>.MessageTypeNames), addresses[1..^1], Json(HostMetadataCache.Host));
        }

        static string Json(object value) => JsonSerializer.Serialize(value, SystemTextJsonMessageSerializer.Options);

        public string Write(object message, Guid messageId, DateTime sentTime)
        {
            var buffer = _buffer ??= new System.Buffers.ArrayBufferWriter<byte>(4096);
            buffer.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = SystemTextJsonMessageSerializer.Options.Encoder }))
                JsonSerializer.Serialize(writer, message, message.GetType(), SystemTextJsonMessageSerializer.Options);
            var body = Encoding.UTF8.GetString(buffer.WrittenSpan);
            // One very large message must not keep its memory for as long as the thread lives.
            if (buffer.Capacity > 1 << 20) _buffer = null;
            return $$"""{"messageId":"{{messageId}}","conversationId":"{{messageId}}",{{addresses}},"message":{{body}},"sentTime":"{{sentTime:yyyy-MM-ddTHH:mm:ss.fffffffZ}}","headers":{},"host":{{host}}}""";
        }
    }
}
