using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Running;
using ClaudeManage.Convoy.Sagas;
using ClaudeManage.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Consumers;

/// <summary>An item came off its hook without being done: the convoy takes it for free again only if it asked for that itself.</summary>
sealed class AssignmentEndConsumer(ConvoyDbContext db, Dispatcher dispatcher, Herald herald, IOutbox<ConvoyDbContext> outbox) : IConsumer<AssignmentReleased>, IConsumer<AssignmentExhausted>
{
    public Task Consume(ConsumeContext<AssignmentReleased> c)
    {
        var actor = c.Message.Event.Actor;
        return ApplyAsync(c.Message.Assignment, actor, actor == ConvoyRun.Self ? null : ("taken-off", $"{actor} took it off its hook ({c.Message.Reason})."), c.CancellationToken);
    }

    // A step that its workflow does not try again is closed, which Work tells.
    public Task Consume(ConsumeContext<AssignmentExhausted> c) => Ids.IsStep(c.Message.Assignment.WorkItemId) ? Task.CompletedTask
        : ApplyAsync(c.Message.Assignment, c.Message.Event.Actor, (Stranding.Exhausted, c.Message.Reason), c.CancellationToken);

    async Task ApplyAsync(AssignmentSnapshot a, string actor, (string Code, string Reason)? hold, CancellationToken ct)
    {
        var rows = await (from row in db.Items
                          where row.WorkItemId == a.WorkItemId
                          join convoy in db.Convoys on row.ConvoyId equals convoy.ConvoyId
                          where convoy.State == nameof(ConvoyState.Open)
                          select new { Row = row, convoy.Auto }).ToListAsync(ct);
        foreach (var r in rows)
        {
            // Older than the last sling: it ended what was before.
            if (a.Revision <= (r.Row.SlungRevision ?? 0)) continue;
            if (hold is null) r.Row.Free();
            else if (hold.Value.Code == Stranding.Exhausted || r.Row.SlungAt is not null)
            {
                (r.Row.Hold, r.Row.HoldReason) = hold.Value;
                r.Row.SlungRevision = a.Revision;
                herald.Note(r.Row.ConvoyId, "held", a.WorkItemId, actor, hold.Value.Reason);
            }
            await outbox.PublishAsync(new EvaluateConvoy(r.Row.ConvoyId), ct);
        }
        if (rows.Any(r => r.Auto)) await dispatcher.DispatchAsync(ct);
    }
}
