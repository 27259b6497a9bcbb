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

    /// <summary>What it is about was over before.</summary>
    Dropped,
}

/// <summary>One word about an incident, a decision or a convoy to somebody outside, written with it and sent afterwards.</summary>
sealed class NoticeRow
{
    public Guid Id { get; set; }

    /// <summary>Empty when it is about something else.</summary>
    public Guid IncidentId { get; set; }

    /// <summary>The links that answer it are made when it is sent: nothing that answers it lies in the database.</summary>
    public Guid? DecisionId { get; set; }

    /// <summary>The convoy it is about.</summary>
    public string? ConvoyId { get; set; }

    /// <summary>The public name of the convoy's event.</summary>
    public string? About { get; set; }

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
