using System.Text.Json;
using ClaudeManage.Contracts;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using ClaudeManage.Work.Features.Trail;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Consumers;

/// <summary>Writes every event of every service into the trail, once, as the next link of its chain.</summary>
sealed class TrailConsumer(WorkDbContext db, TrailSignal signal, TimeProvider clock) : IConsumer<IRunEvent>
{
    public async Task Consume(ConsumeContext<IRunEvent> context)
    {
        var ct = context.CancellationToken;
        var header = context.Message.Event;
        await db.LockAsync("trail", ct);
        if (await db.Trail.AnyAsync(r => r.EventId == header.EventId, ct)) return;      // published twice by its module
        var head = await db.TrailHeads.SingleOrDefaultAsync(ct);
        if (head is null) db.TrailHeads.Add(head = new TrailHeadRow { Hash = TrailHash.Origin });

        var payload = context.RawMessageJson();
        var link = new TrailLink(head.Sequence + 1, header.EventId, header.Type, header.Actor, header.WorkItemId, header.RigId, header.WorkflowInstanceId, header.ConvoyId,
            Microseconds(header.EmittedAt), clock.Now(), payload);
        var hash = TrailHash.Of(link, head.Hash);
        db.Trail.Add(new TrailRow
        {
            Sequence = link.Sequence,
            EventId = link.EventId,
            EventType = link.EventType,
            Actor = link.Actor,
            WorkItemId = link.WorkItemId,
            ItemVersion = VersionOf(payload),
            RigId = link.RigId,
            WorkflowInstanceId = link.WorkflowInstanceId,
            ConvoyId = link.ConvoyId,
            Payload = payload,
            EmittedAt = link.EmittedAt,
            RecordedAt = link.RecordedAt,
            PrevHash = head.Hash,
            Hash = hash,
        });
        (head.Sequence, head.Hash) = (link.Sequence, hash);
        signal.Grown(db);
    }

    static long? VersionOf(string payload)
    {
        using var json = JsonDocument.Parse(payload);
        return json.RootElement.TryGetProperty("item", out var item) && item.ValueKind == JsonValueKind.Object
            && item.TryGetProperty("version", out var version) && version.TryGetInt64(out var number) ? number : null;
    }

    // What is hashed must be what both databases give back.
    static DateTimeOffset Microseconds(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
