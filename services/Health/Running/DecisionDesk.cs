using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>Due-time message: has this decision been made?</summary>
sealed record DecisionDue(Guid DecisionId);

/// <summary>Every change of a decision with its event and its due time, in the running transaction.</summary>
sealed class DecisionDesk(HealthDbContext db, IOutbox<HealthDbContext> outbox, DecisionLinks links, NoticeSignal signal, IOptions<HealthOptions> options, TimeProvider clock)
{
    static readonly Caller Self = Caller.System("health");

    /// <summary>Puts it into the inbox.</summary>
    public async Task AskAsync(DecisionRow row, Caller by, CancellationToken ct)
    {
        row.State = DecisionState.Open;
        db.Decisions.Add(row);
        if (row.Deadline is { } at) await outbox.ScheduleAsync(new DecisionDue(row.Id), at, ct);
        await outbox.PublishAsync(new DecisionAsked(Header(DecisionAsked.Type, row, by), row.ToSnapshot()), ct);
        Tell(row);
    }

    /// <summary>Decides. False when it is over already.</summary>
    public async Task<bool> AnswerAsync(DecisionRow row, DecisionAnswer answer, string? reason, Caller by, CancellationToken ct, bool byDefault = false)
    {
        if (!await EndAsync(row, DecisionState.Answered, ct)) return false;
        (row.Given, row.AnsweredBy, row.Reason) = (answer, by.Actor, reason);
        await outbox.PublishAsync(new DecisionAnswered(Header(DecisionAnswered.Type, row, by), row.ToSnapshot(), byDefault), ct);
        // Whoever asked by message hears of it from the event.
        if (ActorAddress.RoleOf(row.AskedBy) is not ("system" or "overseer"))
            await MailAsync(row.AskedBy, row, $"Decided: {row.Title}", $"{row.AnsweredBy}{(byDefault ? ", because nobody answered in time" : "")}: {Decisions.Words(answer)}{(reason is null ? "" : $"\n{reason}")}", "reply", ct);
        return true;
    }

    /// <summary>It is somebody else's now. False when it is over already.</summary>
    public async Task<bool> DelegateAsync(DecisionRow row, string to, string? reason, Caller by, CancellationToken ct)
    {
        if (row.State != DecisionState.Open) return false;
        var from = row.AssignedTo;
        if (from == to) return true;
        row.AssignedTo = to;
        row.Version++;
        await outbox.PublishAsync(new DecisionDelegated(Header(DecisionDelegated.Type, row, by), row.ToSnapshot(), from), ct);
        await MailAsync(to, row, $"Yours to decide: {row.Title}", $"{row.Question}{(reason is null ? "" : $"\n{by.Actor}: {reason}")}\nAnswer it: cm inbox answer {row.Id}", "task", ct);
        Tell(row);
        return true;
    }

    /// <summary>Its time has come: the default decides, or it is over undecided.</summary>
    public async Task DueAsync(Guid id, CancellationToken ct)
    {
        if (await db.Decisions.FindAsync([id], ct) is not { State: DecisionState.Open, Deadline: { } at } row) return;
        if (at > clock.Now()) await outbox.ScheduleAsync(new DecisionDue(id), at, ct);      // the clock was set back
        else if (row.Default is { } answer) await AnswerAsync(row, answer, "Nobody answered in time.", Self, ct, byDefault: true);
        else if (await EndAsync(row, DecisionState.Expired, ct)) await outbox.PublishAsync(new DecisionExpired(Header(DecisionExpired.Type, row, Self), row.ToSnapshot()), ct);
    }

    /// <summary>Nobody waits for it any more; one that is over stays as it is.</summary>
    public async Task WithdrawAsync(DecisionRow row, string reason, CancellationToken ct)
    {
        if (!await EndAsync(row, DecisionState.Withdrawn, ct)) return;
        row.Reason = reason;
        await outbox.PublishAsync(new DecisionWithdrawn(Header(DecisionWithdrawn.Type, row, Self), row.ToSnapshot()), ct);
    }

    async Task<bool> EndAsync(DecisionRow row, DecisionState state, CancellationToken ct)
    {
        if (!Decisions.CanGo(row.State, state)) return false;
        (row.State, row.EndedAt) = (state, clock.Now());
        row.Version++;
        await db.Notices.Where(n => n.DecisionId == row.Id && n.State == NoticeState.Waiting).ExecuteUpdateAsync(n => n.SetProperty(x => x.State, NoticeState.Dropped), ct);
        return true;
    }

    /// <summary>People outside, with links that answer it. Mail in the town has none: it is in the trail, for many to read.</summary>
    void Tell(DecisionRow row)
    {
        if (!links.AreMade || ActorAddress.RoleOf(row.AssignedTo) != "overseer") return;
        if (options.Value.WebhookUrl is not null) Add(NoticeChannel.Webhook);
        if (options.Value.SmtpHost is not null) Add(NoticeChannel.Smtp);

        void Add(NoticeChannel channel)
        {
            var now = clock.Now();
            db.Notices.Add(new NoticeRow { Id = Ids.Ordered(now), DecisionId = row.Id, Channel = channel, State = NoticeState.Waiting, Subject = $"To decide: {row.Title}", CreatedAt = now, NextAt = now });
            db.AfterCommit(signal.News.Pulse);
        }
    }

    Task MailAsync(string to, DecisionRow row, string subject, string body, string type, CancellationToken ct) =>
        outbox.PublishAsync(new DeliverMail(Ids.Ordered(clock.Now()), ActorAddress.System("health"), to, subject.Length > 300 ? subject[..300] : subject, body, type, 1, row.WorkItemId), ct);

    RunEvent Header(string type, DecisionRow row, Caller by) => by.Event(type, clock.Now(), row.WorkItemId, row.RigId) with { WorkflowInstanceId = row.MoleculeId };
}
