using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;

namespace ClaudeManage.Hook.Consumers;

/// <summary>Mail of the suite itself. An agent that has no inbox here yet finds it when it registers.</summary>
sealed class DeliverMailConsumer(HookDbContext db, IOutbox<HookDbContext> outbox, TimeProvider clock) : IConsumer<DeliverMail>
{
    public async Task Consume(ConsumeContext<DeliverMail> c)
    {
        var (m, now) = (c.Message, clock.Now());
        if (await db.Mail.FindAsync([m.MailId], c.CancellationToken) is not null) return;
        var mail = new MailRow
        {
            Id = m.MailId,
            From = m.From,
            To = m.To,
            Subject = m.Subject,
            Body = m.Body,
            Type = m.Type,
            Priority = m.Priority,
            ThreadId = m.MailId,
            WorkItemId = m.WorkItemId,
            SentAt = now,
        };
        db.Mail.Add(mail);
        await outbox.PublishAsync(new MailSent(new RunEvent(Ids.Ordered(now), MailSent.Type, m.From, now, m.WorkItemId, ActorAddress.RigOf(m.To)), mail.ToSnapshot()), c.CancellationToken);
    }
}
