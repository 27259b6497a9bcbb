using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Items;

/// <summary><c>POST</c> and <c>GET /work-items/{id}/comments</c>. A comment is never changed; its author is who the token says.</summary>
static class Comments
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/work-items/{id}/comments", AddAsync).WithSummary("Comment on a work item");
        routes.MapGet("/work-items/{id}/comments", ListAsync).WithSummary("A work item's comments, the oldest first");
    }

    static async Task<Created<Comment>> AddAsync(
        string id, AddComment body, Caller caller, WorkDbContext db, Ledger ledger, Rights rights, IOutbox<WorkDbContext> outbox, TimeProvider clock, CancellationToken ct) =>
        TypedResults.Created($"/work-items/{id}/comments", await RunAsync(id, body, caller, db, ledger, rights, outbox, clock, ct));

    public static async Task<Comment> RunAsync(
        string id, AddComment body, Caller caller, WorkDbContext db, Ledger ledger, Rights rights, IOutbox<WorkDbContext> outbox, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation().Check(!string.IsNullOrWhiteSpace(body.Text), "/text", "A comment has a text: say what there is to say.").MaxLength(body.Text, WorkItemLimits.Text, "/text").ThrowIfInvalid();
        return await db.TransactAsync(async token =>
        {
            await rights.RequireLiveAsync(caller, token);
            var item = await ledger.GetAsync(id, token);
            caller.RequireRig(item.RigId);
            var now = clock.Now();
            var row = new CommentRow { Id = Ids.Ordered(now), WorkItemId = id, Author = caller.Actor, Text = body.Text!, CreatedAt = now };
            db.Comments.Add(row);
            await outbox.PublishAsync(new WorkItemCommented(caller.Event(WorkItemCommented.Type, now, id, item.RigId, item.ConvoyId), row.Id, row.Author, row.Text), token);
            return Of(row);
        }, ct);
    }

    static async Task<Ok<Page<Comment>>> ListAsync(string id, string? after, int? limit, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, CancellationToken ct)
    {
        caller.RequireRig((await ledger.GetAsync(id, ct, trashed: true)).RigId);
        var size = Paging.Limit(limit);
        var comments = db.Comments.AsNoTracking().Where(c => c.WorkItemId == id);
        if (Paging.Decode(after, 2) is [var ticks, var last])
        {
            var (at, lastId) = (Paging.Ticks(ticks), Paging.Id(last));
            comments = comments.Where(c => c.CreatedAt >= at && (c.CreatedAt > at || c.Id.CompareTo(lastId) > 0));
        }
        var rows = await comments.OrderBy(c => c.CreatedAt).ThenBy(c => c.Id).Take(size + 1).ToListAsync(ct);
        var page = http.Page(rows, size, c => [c.CreatedAt.UtcTicks, c.Id]);
        return TypedResults.Ok(new Page<Comment>([.. page.Items.Select(Of)], page.Next));
    }

    static Comment Of(CommentRow c) => new(c.Id, c.WorkItemId, c.Author, c.Text, c.CreatedAt);
}
