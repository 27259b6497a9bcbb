using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Mail;

/// <summary>Mail between actors: the sender is who the token says; nothing is destroyed by reading.</summary>
static class MailEndpoints
{
    static readonly string[] Types = ["task", "notification", "escalation", "handoff", "reply"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/agents/{agentId}/mail", Send);
        routes.MapGet("/agents/{agentId}/mail", Inbox);
        routes.MapPost("/mail/{id:guid}/take", TakeMailEndpoint.Handle);
        routes.MapPost("/mail/{id:guid}/read", (Guid id, Caller caller, HookDbContext db, SessionGuard guard, TimeProvider clock, CancellationToken ct) =>
            MarkAsync(id, caller, db, guard, (m, now) => m.ReadAt ??= now, clock, ct));
        routes.MapPost("/mail/{id:guid}/ack", (Guid id, Caller caller, HookDbContext db, SessionGuard guard, TimeProvider clock, CancellationToken ct) =>
            MarkAsync(id, caller, db, guard, (m, now) => { m.ReadAt ??= now; m.AckedAt ??= now; }, clock, ct));
        routes.MapPost("/mail/{id:guid}/archive", (Guid id, Caller caller, HookDbContext db, SessionGuard guard, TimeProvider clock, CancellationToken ct) =>
            MarkAsync(id, caller, db, guard, (m, now) => m.ArchivedAt ??= now, clock, ct));
    }

    static async Task<Created<MailSnapshot>> Send(
        AddressPath agentId, SendMail request, Caller caller, HookDbContext db, IOutbox<HookDbContext> outbox, SessionGuard guard, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation()
            .Check(ActorAddress.IsValid(agentId.Value), "/agentId", "An actor's address.")
            .Check(!string.IsNullOrWhiteSpace(request.Subject), "/subject", "A subject is needed.")
            .MaxLength(request.Subject, 300, "/subject").MaxLength(request.Body, 65_536, "/body")
            .Check(request.Type is null || Types.Contains(request.Type), "/type", $"One of {string.Join(", ", Types)}.")
            .Check(request.Priority is null or >= 0 and <= 4, "/priority", "0 (first) to 4.")
            .Check(request.WorkItemId is null || Ids.IsWorkItem(request.WorkItemId), "/workItemId", "A work item's id.").ThrowIfInvalid();
        var snapshot = await db.TransactAsync(async token =>
        {
            await guard.RequireLiveAsync(caller, token);
            if (AgentRegistry.IsAgent(agentId.Value) && !await db.Agents.AnyAsync(a => a.Id == agentId.Value, token)) throw Refusal.NotFound("agent", agentId.Value).AsException();
            var now = clock.Now();
            var id = Ids.Ordered(now);
            var mail = new MailRow
            {
                Id = id,
                From = caller.Actor,
                To = agentId.Value,
                Subject = request.Subject!,
                Body = request.Body ?? "",
                Type = request.Type ?? "notification",
                Priority = request.Priority ?? 2,
                ThreadId = request.ThreadId ?? id,
                WorkItemId = request.WorkItemId,
                SentAt = now,
            };
            db.Mail.Add(mail);
            await outbox.PublishAsync(new MailSent(caller.Event(MailSent.Type, now, mail.WorkItemId, ActorAddress.RigOf(mail.To)), mail.ToSnapshot()), token);
            return mail.ToSnapshot();
        }, ct);
        return TypedResults.Created($"/mail/{snapshot.Id}", snapshot);
    }

    static async Task<Ok<Page<MailSnapshot>>> Inbox(HttpContext http, AddressPath agentId, bool? unread, bool? open, Caller caller, HookDbContext db, SessionGuard guard, int? limit, string? after, CancellationToken ct)
    {
        caller.RequireActingAs(agentId.Value, "Reading this inbox");
        await guard.RequireLiveAsync(caller, ct);
        var size = Paging.Limit(limit);
        var query = db.Mail.AsNoTracking().Where(m => m.To == agentId.Value);
        if (unread == true) query = query.Where(m => m.ReadAt == null && m.ArchivedAt == null);
        if (open == true) query = query.Where(m => m.AckedAt == null && m.ArchivedAt == null);
        if (Paging.Decode(after, 2) is [var at, var last] && (Paging.Time(at), Paging.Id(last)) is var (sent, id))
            query = query.Where(m => m.SentAt < sent || (m.SentAt == sent && m.Id.CompareTo(id) < 0));
        var rows = await query.OrderByDescending(m => m.SentAt).ThenByDescending(m => m.Id).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page([.. rows.Select(m => m.ToSnapshot())], size, m => [m.SentAt.ToString("O"), m.Id]));
    }

    static async Task<Ok<MailSnapshot>> MarkAsync(Guid id, Caller caller, HookDbContext db, SessionGuard guard, Action<MailRow, DateTimeOffset> mark, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            await guard.RequireLiveAsync(caller, token);
            var mail = await FindAsync(id, caller, db, token);
            mark(mail, clock.Now());
            return mail.ToSnapshot();
        }, ct));
    }

    /// <summary>A message that the caller may handle.</summary>
    public static async Task<MailRow> FindAsync(Guid id, Caller caller, HookDbContext db, CancellationToken ct)
    {
        var mail = await db.Mail.FindAsync([id], ct) ?? throw Refusal.NotFound("mail", id.ToString(), "GET /agents/{your address}/mail lists yours.").AsException();
        caller.RequireActingAs(mail.To, "Handling this mail");
        return mail;
    }
}
