using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using CloseRequest = ClaudeManage.Contracts.Http.CloseWorkItem;

namespace ClaudeManage.Work.Features.Items;

/// <summary>
/// <c>POST /work-items/{id}/close</c>: somebody decides that it is over. An epic closes only after its children, whatever the kind;
/// any other item closes with children open, which stay as they are and are no longer held back by it.
/// </summary>
static class CloseItem
{
    const int MaxNamed = 20;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/work-items/{id}/close", HandleAsync).WithSummary("Close a work item by decision");

    static async Task<Ok<WorkItemSnapshot>> HandleAsync(
        string id, CloseRequest body, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, Rights rights, TimeProvider clock, CancellationToken ct)
    {
        var snapshot = await RunAsync(id, body, caller, http.RequireMatch, db, ledger, rights, clock, ct);
        http.SetETag(snapshot.Version);
        return TypedResults.Ok(snapshot);
    }

    /// <param name="match">Refuses a version that the caller did not mean.</param>
    public static async Task<WorkItemSnapshot> RunAsync(
        string id, CloseRequest body, Caller caller, Action<long> match, WorkDbContext db, Ledger ledger, Rights rights, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        var kind = body.Kind ?? OutcomeKind.Completed;
        new Validation()
            .Check(kind != OutcomeKind.Merged, "/kind", "Only the merge queue closes an item as merged. Say completed, no_change, failed, cancelled, superseded or duplicate.")
            .Check(kind is not (OutcomeKind.NoChange or OutcomeKind.Failed) || !string.IsNullOrWhiteSpace(body.Reason), "/reason", "This kind needs a reason.")
            .MaxLength(body.Reason, WorkItemLimits.Text, "/reason").ThrowIfInvalid();
        return await db.TransactAsync(async token =>
        {
            await rights.RequireLiveAsync(caller, token);
            await ledger.LockGraphAsync(token);
            var item = await ledger.GetAsync(id, token);
            Rights.RequireHolder(caller, item, "Closing a work item");
            match(item.Version);
            await RefuseOpenChildrenAsync(item, db, token);
            Ledger.Step(item, TransitionCause.Decided);
            item.CompletedAt = clock.Now();
            item.HookId = null;
            item.Outcome = new WorkItemOutcome(kind, ItemInput.Text(body.Reason), caller.Actor, item.Fence == 0 ? null : item.Fence);
            await ledger.RecordAsync(item, caller, WorkItemClosed.Type, (e, s) => new WorkItemClosed(e, s, body.Reason), token);
            return await ledger.SnapshotAsync(item, token);
        }, ct);
    }

    static async Task RefuseOpenChildrenAsync(WorkItemRow item, WorkDbContext db, CancellationToken ct)
    {
        if (item.Type != WorkItemType.Epic) return;
        var open = await db.Items.Where(i => i.ParentId == item.Id && i.Blocking).OrderBy(i => i.Id).Select(i => i.Id).Take(MaxNamed).ToListAsync(ct);
        if (open.Count > 0)
            throw Refusal.Conflict("children-open", $"The epic {item.Id} is finished by finishing its children; still open: {string.Join(", ", open)}. Close or move these first.", ("children", open)).AsException();
    }
}
