using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Convoy.Running;

/// <summary>
/// Says what happened to a convoy: the event, a line of its timeline, and mail, or a word to the town's webhook, to those who want to know. All of it in the running transaction,
/// which has the change itself, and so each once.
/// </summary>
sealed class Herald(ConvoyDbContext db, IOutbox<ConvoyDbContext> outbox, TimeProvider clock)
{
    /// <summary>Stands for the town's webhook among those who want to know.</summary>
    public const string Webhook = "webhook";

    const string Prefix = "convoy.";

    /// <param name="detail">For the timeline: what the event's name does not say.</param>
    public async Task TellAsync<T>(ConvoyRow row, T happened, string? detail, CancellationToken ct) where T : class, IRunEvent
    {
        await outbox.PublishAsync(happened, ct);
        Note(row.ConvoyId, happened.Event.Type[Prefix.Length..], null, happened.Event.Actor, detail);
        if (Notice.Of(happened) is not { } notice) return;
        foreach (var to in row.Notify ?? [])
            if (to == Webhook) await outbox.PublishAsync(new TellOutside(Ids.Ordered(clock.Now()), happened.Event.Type, row.ConvoyId, notice.Subject, notice.Body), ct);
            else await outbox.PublishAsync(new DeliverMail(Ids.Ordered(clock.Now()), ConvoyRun.Self, to, notice.Subject, notice.Body, "notification", notice.Urgent ? 1 : 2, null), ct);
    }

    /// <summary>A line of the timeline alone: about one of its items.</summary>
    public void Note(string convoyId, string what, string? workItemId, string? actor, string? detail) =>
        db.Timeline.Add(new TimelineRow { ConvoyId = convoyId, At = clock.Now(), What = what, WorkItemId = workItemId, Actor = actor, Detail = detail });
}
