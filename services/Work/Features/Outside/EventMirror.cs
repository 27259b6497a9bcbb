using System.Text.Json;
using ClaudeManage.Messaging;
using ClaudeManage.Messaging.Outside;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using ClaudeManage.Work.Features.Trail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>
/// Publishes the trail on the exchange <c>claudemanage.events</c> as CloudEvents, in the trail's order. The trail is its outbox: what
/// was published is a sequence kept beside it, moved on after the broker's confirm, so that nothing is left out and a crash only repeats.
/// </summary>
sealed class EventMirror(OutsideBroker broker, TrailSignal signal, IServiceProvider services, IOptions<BusOptions> bus, TimeProvider clock) : BackgroundService
{
    /// <summary>Where readers outside bind their queues.</summary>
    public static readonly OutsideExchange Events = new("claudemanage.events");

    const int Batch = 200;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => !broker.IsThere ? Task.CompletedTask : broker.KeepAsync("events for outside", async (underWay, ct) =>
    {
        await using var publisher = await broker.OpenPublisherAsync(ct, Events);
        underWay();
        while (true)
        {
            var mark = signal.Wakeup.Next;
            // Now and then without being asked: another replica may have died between its commit and its turn here.
            if (!await PassAsync(publisher, ct)) await Wakeup.WaitAsync(mark, bus.Value.Sweep, clock, ct);
        }
    }, stoppingToken);

    async Task<bool> PassAsync(OutsidePublisher publisher, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<WorkDbContext>();
        // Replicas take turns. A SQLite file has one process, and its write lock is not held while the broker works.
        await using var turn = db.IsSqlite() ? null : await db.Database.BeginTransactionAsync(ct);
        if (turn is not null) await db.LockAsync("event-mirror", ct);
        var position = await db.EventMirror.SingleOrDefaultAsync(ct) ?? db.EventMirror.Add(new EventMirrorRow()).Entity;
        var rows = await db.Trail.AsNoTracking().Where(r => r.Sequence > position.Sequence).OrderBy(r => r.Sequence).Take(Batch).ToListAsync(ct);
        if (rows.Count == 0) return false;
        await publisher.PublishAsync(Events.Name, [.. rows.Select(Message)], ct);
        position.Sequence = rows[^1].Sequence;
        await db.SaveChangesAsync(CancellationToken.None);
        if (turn is not null) await turn.CommitAsync(CancellationToken.None);
        return rows.Count == Batch;
    }

    /// <summary>A row of the trail as a CloudEvent in structured mode.</summary>
    internal static OutsideMessage Message(TrailRow row) => new(EventAddress.RoutingKey(row.EventType, row.RigId), Body(row))
    {
        ContentType = "application/cloudevents+json; charset=utf-8",
        MessageId = row.EventId.ToString(),
        Type = $"claudemanage.{row.EventType}",
        AppId = "claudemanage",
    };

    static byte[] Body(TrailRow row)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", row.EventId);
            json.WriteString("source", $"/claudemanage/{EventAddress.ServiceOf(row.EventType)}");
            json.WriteString("type", $"claudemanage.{row.EventType}");
            if (row.WorkItemId is not null) json.WriteString("subject", row.WorkItemId);
            json.WriteString("time", row.EmittedAt.UtcDateTime);
            json.WriteString("datacontenttype", "application/json");
            // The CloudEvents extension of this name sorts as text.
            json.WriteString("sequence", row.Sequence.ToString("D19", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("actor", row.Actor);
            if (row.RigId is not null) json.WriteString("rig", row.RigId);
            json.WritePropertyName("data");
            json.WriteRawValue(row.Payload);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
