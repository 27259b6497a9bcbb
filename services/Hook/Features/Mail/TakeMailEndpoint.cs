using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Features.Leases;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Mail;

/// <summary><c>POST /mail/{id}/take</c>: of several programs that answer one inbox, one answers this message.</summary>
static class TakeMailEndpoint
{
    const int Default = 300;

    public static async Task<Ok<MailSnapshot>> Handle(
        Guid id, TakeMail request, Caller caller, HookDbContext db, IOutbox<HookDbContext> outbox, SessionGuard guard, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation().Check(request.Seconds is null or >= 10 and <= 3600, "/seconds", "10 to 3600.")
            .Check(!request.GiveBack || request.Take is not null, "/take", "Say which take is given back.").ThrowIfInvalid();
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            await guard.RequireLiveAsync(caller, token);
            await db.LockAsync($"mail:{id}", token);
            var (mail, now) = (await MailEndpoints.FindAsync(id, caller, db, token), clock.Now());
            if (mail.AckedAt is not null || mail.ArchivedAt is not null)
                throw Refusal.Conflict("mail-handled", "This message is handled already. GET /agents/{your address}/mail?open=true lists what is not.").AsException();
            if (request.GiveBack && request.Take == mail.Takes) return await GiveBackAsync(mail, caller, outbox, now, token);
            if (request.Take is { } mine && mine == mail.Takes && mail.TakenUntil is null)
                throw Refusal.Conflict("mail-taken", $"The take {mine} was given back. Take the message again, without a number.").AsException();
            if (request.Take is { } number ? number != mail.Takes : mail.TakenUntil > now)
                throw Refusal.Conflict("mail-taken", $"Somebody has this message until {mail.TakenUntil:u} (take {mail.Takes}). Leave it to them, or take it when that time is over.", ("takenUntil", mail.TakenUntil)).AsException();
            // Who takes a message runs something; none of that while the whole town is stopped.
            if (await db.Stops.AsNoTracking().SingleOrDefaultAsync(s => s.Scope == StopScope.Town, token) is { } stop) throw Leasing.Stopped(stop);
            mail.TakenUntil = now.AddSeconds(request.Seconds ?? Default);
            if (request.Take is not null) return mail.ToSnapshot();
            mail.Takes++;
            mail.ReadAt ??= now;
            await outbox.PublishAsync(new MailTaken(caller.Event(MailTaken.Type, now, mail.WorkItemId, ActorAddress.RigOf(mail.To)), mail.ToSnapshot()), token);
            return mail.ToSnapshot();
        }, ct));
    }

    static async Task<MailSnapshot> GiveBackAsync(MailRow mail, Caller caller, IOutbox<HookDbContext> outbox, DateTimeOffset now, CancellationToken ct)
    {
        if (mail.TakenUntil is null) return mail.ToSnapshot();      // said before
        mail.TakenUntil = null;
        mail.GivenBack++;
        await outbox.PublishAsync(new MailGivenBack(caller.Event(MailGivenBack.Type, now, mail.WorkItemId, ActorAddress.RigOf(mail.To)), mail.ToSnapshot()), ct);
        return mail.ToSnapshot();
    }
}
