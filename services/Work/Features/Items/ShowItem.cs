using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Items;

/// <summary><c>GET /work-items/{id}</c>: also one in the trash, whose <c>deletedAt</c> says so.</summary>
static class ShowItem
{
    const int MaxShown = 500;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/work-items/{id}", HandleAsync).WithSummary("One work item with its surroundings");

    static async Task<Ok<WorkItemDetail>> HandleAsync(string id, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, CancellationToken ct)
    {
        var item = await ledger.GetAsync(id, ct, trashed: true);
        caller.RequireRig(item.RigId);
        var dependents = await db.Edges.Where(e => e.TargetId == id).Join(db.Items, e => e.ItemId, i => i.Id, (e, i) => new { i.Id, e.Type, i.State, e.CreatedAt })
            .OrderBy(d => d.CreatedAt).ThenBy(d => d.Id).Take(MaxShown).ToListAsync(ct);
        var assignment = await db.Assignments.AsNoTracking().Where(a => a.WorkItemId == id).OrderByDescending(a => a.Revision).FirstOrDefaultAsync(ct);
        var merge = await db.Merges.AsNoTracking().Where(m => m.WorkItemId == id).OrderByDescending(m => m.QueuedAt).ThenByDescending(m => m.Version).FirstOrDefaultAsync(ct);
        http.SetETag(item.Version);
        return TypedResults.Ok(WorkItemDetail.Of(
            await ledger.SnapshotAsync(item, ct), [.. dependents.Select(d => new Dependent(d.Id, d.Type, d.State))], await BlockersAsync(item, db, ct), assignment?.Snapshot, merge?.Snapshot));
    }

    /// <summary>Its own open blockers and those of every open item above it.</summary>
    internal static async Task<IReadOnlyList<string>> BlockersAsync(WorkItemRow item, WorkDbContext db, CancellationToken ct)
    {
        var blockers = new List<string>();
        for (WorkItemRow? at = item; at is { BlocksChildren: true }; at = at.ParentId is null ? null : await db.Items.AsNoTracking().SingleOrDefaultAsync(i => i.Id == at.ParentId, ct))
        {
            blockers.AddRange(await db.Edges.Where(e => e.ItemId == at.Id && e.Type == DependencyType.Blocks && db.Items.Any(i => i.Id == e.TargetId && i.Blocking))
                .OrderBy(e => e.TargetId).Select(e => e.TargetId).ToListAsync(ct));
        }
        return [.. blockers.Distinct()];
    }
}
