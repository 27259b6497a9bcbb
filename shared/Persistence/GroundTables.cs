using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Persistence;

/// <summary>A message to be delivered: at once, or at its due time.</summary>
public sealed class OutboxRow
{
    /// <summary><see cref="DueAt"/> of a row that is due since it was written; sorts before every scheduled row.</summary>
    public static readonly DateTimeOffset AtOnce = DateTimeOffset.UnixEpoch;

    public long Id { get; set; }
    /// <summary>Also the token that cancels a scheduled message.</summary>
    public Guid MessageId { get; set; }
    /// <summary><c>publish:&lt;type, assembly&gt;</c> or <c>queue:&lt;endpoint&gt;</c>; names no transport, so rows survive a change of it.</summary>
    public string Destination { get; set; } = "";
    public string ContentType { get; set; } = "";
    /// <summary>Message type URNs, the most derived first, separated by <c>;</c>.</summary>
    public string MessageTypes { get; set; } = "";
    /// <summary>The whole envelope.</summary>
    public string Body { get; set; } = "";
    /// <summary>Transport headers as a JSON object.</summary>
    public string? Headers { get; set; }
    public DateTimeOffset DueAt { get; set; } = AtOnce;
    public DateTimeOffset CreatedAt { get; set; }
    /// <summary>W3C trace parent of the code that wrote the row.</summary>
    public string? TraceContext { get; set; }
    /// <summary>How often this delivery was put off after a failure.</summary>
    public int Attempts { get; set; }
}

/// <summary>Says that an endpoint has had the effect of a message; written in the transaction of that effect.</summary>
public sealed class InboxRow
{
    public Guid MessageId { get; set; }
    public string Consumer { get; set; } = "";
    public DateTimeOffset ReceivedAt { get; set; }
}

/// <summary>A message whose last attempt failed; it waits for somebody to replay or discard it.</summary>
public sealed class DeadLetterRow
{
    public long Id { get; set; }
    /// <summary><c>&lt;endpoint&gt;_error</c>, as such queues are called on a broker.</summary>
    public string Queue { get; set; } = "";
    public Guid MessageId { get; set; }
    public string ContentType { get; set; } = "";
    public string MessageTypes { get; set; } = "";
    public string Body { get; set; } = "";
    public string? Headers { get; set; }
    public string Exception { get; set; } = "";
    public int Attempts { get; set; }
    public DateTimeOffset At { get; set; }
}

/// <summary>The stored answer to a POST with an <c>Idempotency-Key</c>.</summary>
public sealed class IdempotencyRow
{
    /// <summary>Actor, route and the caller's key.</summary>
    public string Key { get; set; } = "";
    /// <summary>Same key with another hash is a conflict.</summary>
    public string RequestHash { get; set; } = "";
    public int Status { get; set; }
    public string? ContentType { get; set; }
    public string? Location { get; set; }
    public string? Body { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
}

static class GroundTables
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<OutboxRow>(row =>
        {
            row.ToTable("outbox").HasKey(x => x.Id);
            row.HasIndex(x => new { x.DueAt, x.Id });
            row.HasIndex(x => x.MessageId);
        });
        model.Entity<InboxRow>(row =>
        {
            row.ToTable("inbox").HasKey(x => new { x.MessageId, x.Consumer });
            row.Property(x => x.Consumer).HasMaxLength(200);
            row.HasIndex(x => x.ReceivedAt);
        });
        model.Entity<DeadLetterRow>(row =>
        {
            row.ToTable("dead_letters").HasKey(x => x.Id);
            row.HasIndex(x => x.Queue);
        });
        model.Entity<IdempotencyRow>(row =>
        {
            row.ToTable("idempotency").HasKey(x => x.Key);
            row.Property(x => x.Key).HasMaxLength(400);
            row.HasIndex(x => x.CreatedAt);
        });
    }
}
