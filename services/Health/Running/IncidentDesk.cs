using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>Due-time message: has somebody looked at this incident?</summary>
sealed record EscalationDue(Guid IncidentId, int Level);

/// <summary>Every change of an incident, with its event, its due time and whom it is told to: all in the running transaction.</summary>
sealed class IncidentDesk(HealthDbContext db, IOutbox<HealthDbContext> outbox, NoticeSignal signal, IOptions<HealthOptions> options, TimeProvider clock)
{
    /// <summary>One incident per cause, with a count: a flood of the same complaint stays one line.</summary>
    public async Task<IncidentRow> RaiseAsync(RaiseIncident m, Caller by, CancellationToken ct)
    {
        var now = clock.Now();
        await db.LockAsync($"incident:{m.Cause}", ct);
        if (await db.Incidents.SingleOrDefaultAsync(i => i.Cause == m.Cause && i.State != Escalation.Closed, ct) is { } known)
        {
            (known.Count, known.LastAt, known.Why) = (known.Count + 1, now, m.Why);
            return known;
        }
        var row = new IncidentRow
        {
            Id = Ids.Ordered(now),
            Cause = m.Cause,
            Severity = m.Severity,
            State = Escalation.Open,
            Source = m.Source,
            What = m.What,
            Why = m.Why,
            SuggestedActions = m.SuggestedActions,
            RigId = m.RigId,
            WorkItemId = m.WorkItemId,
            AgentId = m.AgentId,
            Count = 1,
            RaisedAt = now,
            LastAt = now,
        };
        db.Incidents.Add(row);
        HealthTelemetry.Raised(db, row.Severity);
        await BookAsync(row, now, ct);
        await outbox.PublishAsync(new IncidentRaised(Header(IncidentRaised.Type, row, by), row.Snapshot()), ct);
        await TellAsync(row, now, ct);
        return row;
    }

    /// <summary>Nobody has looked in time: one level worse, and told again.</summary>
    public async Task EscalateAsync(EscalationDue due, CancellationToken ct)
    {
        if (await db.Incidents.FindAsync([due.IncidentId], ct) is not { } row || row.Level != due.Level || Escalation.Next(row.State, IncidentMove.Due) is null || row.EscalatesAt is not { } at) return;
        var now = clock.Now();
        if (at > now)
        {
            await outbox.ScheduleAsync(due, at, ct);      // the clock was set back
            return;
        }
        var before = row.Severity;
        (row.Level, row.Severity) = (row.Level + 1, Escalation.Raised(row.Severity));
        await BookAsync(row, now, ct);
        await outbox.PublishAsync(new IncidentEscalated(Header(IncidentEscalated.Type, row, Caller.System("health")), row.Snapshot(), before), ct);
        await TellAsync(row, now, ct);
    }

    /// <summary>Somebody looks at it, or it is over. Null when its state does not allow it.</summary>
    public async Task<IncidentRow?> MoveAsync(IncidentRow row, IncidentMove move, Caller by, CancellationToken ct)
    {
        if (Escalation.Next(row.State, move) is not { } next) return null;
        if (row.State == next) return row;
        var now = clock.Now();
        (row.State, row.EscalatesAt, row.AnsweredBy) = (next, null, by.Actor);
        if (next == Escalation.Closed)
        {
            row.ClosedAt = now;
            // Whoever closes it has looked, and lets the witness act on such work again.
            foreach (var breaker in (await db.Breakers.Where(b => b.OpenedAt != null).ToListAsync(ct)).Where(b => b.Cause == row.Cause)) breaker.Close();
            await db.Notices.Where(n => n.IncidentId == row.Id && n.State == NoticeState.Waiting).ExecuteUpdateAsync(n => n.SetProperty(x => x.State, NoticeState.Dropped), ct);
            await outbox.PublishAsync(new IncidentClosed(Header(IncidentClosed.Type, row, by), row.Snapshot()), ct);
        }
        else await outbox.PublishAsync(new IncidentAcknowledged(Header(IncidentAcknowledged.Type, row, by), row.Snapshot()), ct);
        return row;
    }

    async Task BookAsync(IncidentRow row, DateTimeOffset now, CancellationToken ct)
    {
        row.EscalatesAt = row.Level < Escalation.MaxLevel ? now.AddSeconds(options.Value.EscalateAfterSeconds) : null;
        if (row.EscalatesAt is { } at) await outbox.ScheduleAsync(new EscalationDue(row.Id, row.Level), at, ct);
    }

    /// <summary>Mail goes by message; what leaves the town is written down and sent by <see cref="NoticeService"/>, never from here.</summary>
    async Task TellAsync(IncidentRow row, DateTimeOffset now, CancellationToken ct)
    {
        var o = options.Value;
        var (subject, body) = (Subject(row), Body(row));
        if (o.MailTo is { Length: > 0 } to && Escalation.Reaches(row.Severity, o.MailSeverity))
            await outbox.PublishAsync(new DeliverMail(Ids.Ordered(now), ActorAddress.System("health"), to, subject, body, "escalation", (int)row.Severity, row.WorkItemId), ct);
        if (o.WebhookUrl is not null && Escalation.Reaches(row.Severity, o.WebhookSeverity)) Add(NoticeChannel.Webhook);
        if (o.SmtpHost is not null && Escalation.Reaches(row.Severity, o.SmtpSeverity)) Add(NoticeChannel.Smtp);

        void Add(NoticeChannel channel)
        {
            db.Notices.Add(new NoticeRow { Id = Ids.Ordered(now), IncidentId = row.Id, Channel = channel, State = NoticeState.Waiting, Subject = subject, Body = body, Level = row.Level, CreatedAt = now, NextAt = now });
            db.AfterCommit(signal.News.Pulse);
        }
    }

    static string Subject(IncidentRow row) => $"[{SnakeCase.Of(row.Severity.ToString())}] {row.What}{(row.Level > 0 ? $" (nobody has looked; raised {(row.Level == 1 ? "once" : "twice")})" : "")}";

    static string Body(IncidentRow row) => string.Join('\n',
        [row.Why, "", .. row.SuggestedActions.Select(a => $"- {a}"), "", $"From {row.Source}, {row.RaisedAt:u}{(row.WorkItemId is null ? "" : $", about {row.WorkItemId}")}{(row.AgentId is null ? "" : $", {row.AgentId}")}.",
            $"Acknowledge it: cm incident ack {row.Id}"]);

    RunEvent Header(string type, IncidentRow row, Caller by) => by.Event(type, clock.Now(), row.WorkItemId, row.RigId);
}
