using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Consumers;

/// <summary>Writes down what is to be told outside; <see cref="NoticeService"/> sends it. A town without a webhook says in the trail that nobody was told.</summary>
sealed class TellOutsideConsumer(HealthDbContext db, IOutbox<HealthDbContext> outbox, NoticeSignal signal, IOptions<HealthOptions> options, TimeProvider clock) : IConsumer<TellOutside>
{
    public async Task Consume(ConsumeContext<TellOutside> c)
    {
        var (word, now, ct) = (c.Message, clock.Now(), c.CancellationToken);
        if (options.Value.WebhookUrl is null)
        {
            await outbox.PublishAsync(new NoticeTold(Caller.System("health").Event(NoticeTold.Type, now, convoyId: word.ConvoyId), word.Id, word.About, 0, "Health:WebhookUrl is not set"), ct);
            return;
        }
        if (await db.Notices.AnyAsync(n => n.Id == word.Id, ct)) return;
        db.Notices.Add(new NoticeRow
        {
            Id = word.Id,
            ConvoyId = word.ConvoyId,
            About = word.About,
            Channel = NoticeChannel.Webhook,
            Subject = word.Subject,
            Body = word.Body,
            CreatedAt = now,
            NextAt = now,
        });
        db.AfterCommit(signal.News.Pulse);
    }
}
