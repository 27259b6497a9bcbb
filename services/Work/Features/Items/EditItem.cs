using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Items;

/// <summary><c>PATCH /work-items/{id}</c>: what is null stays, an empty text or list clears, a <c>deferUntil</c> in the past ends a deferral.</summary>
static class EditItem
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPatch("/work-items/{id}", HandleAsync).WithSummary("Change fields of a work item (If-Match)");

    static async Task<Ok<WorkItemSnapshot>> HandleAsync(
        string id, UpdateWorkItem body, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, Rights rights, CancellationToken ct)
    {
        var snapshot = await RunAsync(id, body, caller, http.RequireMatch, db, ledger, rights, ct);
        http.SetETag(snapshot.Version);
        return TypedResults.Ok(snapshot);
    }

    /// <param name="match">Refuses a version that the caller did not mean.</param>
    public static async Task<WorkItemSnapshot> RunAsync(
        string id, UpdateWorkItem body, Caller caller, Action<long> match, WorkDbContext db, Ledger ledger, Rights rights, CancellationToken ct)
    {
        caller.RequireWriter();
        var v = new Validation();
        ItemInput.Check(v, body);
        v.ThrowIfInvalid();
        return await db.TransactAsync(async token =>
        {
            await rights.RequireLiveAsync(caller, token);
            await ledger.LockGraphAsync(token);
            var item = await ledger.GetAsync(id, token);
            Rights.RequireAuthor(caller, item, "Changing a work item");
            match(item.Version);
            if (body.Type == WorkItemType.Epic && item.State is not (WorkItemState.Open or WorkItemState.Closed or WorkItemState.Parked))
                throw Refusal.Conflict("assigned", $"{id} is with a worker and cannot become a container. Take it off its hook first (POST /hooks/…/unsling).").AsException();
            var changed = Apply(item, body);
            if (body.Labels is not null) await ReplaceLabelsAsync(item, ItemInput.Labels(body.Labels), db, token);
            else if (!changed) return await ledger.SnapshotAsync(item, token);
            await ledger.RecordAsync(item, caller, Facts.Updated.Type, Facts.Updated.Make, token);
            if (body.DeferUntil is not null) await ledger.ScheduleAsync(item, token);
            return await ledger.SnapshotAsync(item, token);
        }, ct);
    }

    static bool Apply(WorkItemRow item, UpdateWorkItem body)
    {
        item.Title = body.Title?.Trim() ?? item.Title;
        item.Description = Merge(body.Description, item.Description);
        item.Type = body.Type ?? item.Type;
        item.Priority = body.Priority ?? item.Priority;
        item.Rank = Ageing.Rank(item.Priority, item.CreatedAt);
        item.Design = Merge(body.Design, item.Design);
        item.Notes = Merge(body.Notes, item.Notes);
        item.ExternalRef = Merge(body.ExternalRef, item.ExternalRef);
        item.DeferUntil = body.DeferUntil?.ToUniversalTime() ?? item.DeferUntil;
        item.DueAt = body.DueAt?.ToUniversalTime() ?? item.DueAt;
        item.EstimateMinutes = body.EstimateMinutes ?? item.EstimateMinutes;
        if (body.Acceptance is not null) item.Acceptance = [.. body.Acceptance];
        return body with { Labels = null } != new UpdateWorkItem();
    }

    static async Task ReplaceLabelsAsync(WorkItemRow item, List<string> labels, WorkDbContext db, CancellationToken ct)
    {
        var kept = await db.Labels.Where(l => l.ItemId == item.Id).ToListAsync(ct);
        db.Labels.RemoveRange(kept.Where(l => !labels.Contains(l.Label)));
        db.Labels.AddRange(labels.Except(kept.Select(l => l.Label)).Select(l => new LabelRow { Label = l, ItemId = item.Id }));
        item.Labels = labels;
    }

    static string? Merge(string? asked, string? kept) => asked switch { null => kept, "" => null, _ => asked };
}
