namespace ClaudeManage.Health.Data;

/// <summary>How something leaves the town.</summary>
enum NoticeChannel
{
    /// <summary>A signed POST.</summary>
    Webhook,

    /// <summary>E-mail.</summary>
    Smtp,
}

/// <summary>Where a notice stands.</summary>
enum NoticeState
{
    /// <summary>To be sent, perhaps again.</summary>
    Waiting,

    /// <summary>The other side took it.</summary>
    Delivered,

    /// <summary>Given up.</summary>
    Failed,

    /// <summary>Its incident was closed before.</summary>
    Dropped,
}

/// <summary>One word about an incident to somebody outside, written with the incident and sent afterwards.</summary>
sealed class NoticeRow
{
    public Guid Id { get; set; }

    public Guid IncidentId { get; set; }

    public NoticeChannel Channel { get; set; }

    public NoticeState State { get; set; }

    public int Level { get; set; }

    public string Subject { get; set; } = "";

    public string Body { get; set; } = "";

    public int Attempts { get; set; }

    /// <summary>Not before; while somebody is sending it, when another may take it over.</summary>
    public DateTimeOffset NextAt { get; set; }

    public string? Error { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }
}
