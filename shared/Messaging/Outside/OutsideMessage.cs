namespace ClaudeManage.Messaging.Outside;

/// <summary>A plain message, as an outside system sends or reads it: a body and a few AMQP properties, no envelope.</summary>
public sealed record OutsideMessage(string RoutingKey, ReadOnlyMemory<byte> Body)
{
    /// <summary>AMQP <c>content_type</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>AMQP <c>type</c>.</summary>
    public string? Type { get; init; }

    /// <summary>AMQP <c>message_id</c>.</summary>
    public string? MessageId { get; init; }

    /// <summary>AMQP <c>app_id</c>: who says to have sent it.</summary>
    public string? AppId { get; init; }

    /// <summary>AMQP <c>user_id</c>: who the broker says has sent it.</summary>
    public string? UserId { get; init; }

    /// <summary>Texts to be sent as AMQP headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}

/// <summary>A durable topic exchange that outside systems read, with a durable queue on it where one is named.</summary>
/// <param name="Queue">Gets everything; null leaves it to the readers to bind theirs.</param>
public sealed record OutsideExchange(string Name, string? Queue = null);
