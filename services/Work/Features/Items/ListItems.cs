using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Items;

/// <summary>The filters of <c>GET /work-items</c>.</summary>
sealed record ItemFilter
{
    // Properties and no constructor's parameters: the generator of the request's code fails on those (typeof a string that may be null).

    /// <summary>true: the ready set, in the order in which it should be done; false: what is not ready.</summary>
    public bool? Ready { get; init; }

    public string? Rig { get; init; }

    public string? Type { get; init; }

    public string? Label { get; init; }

    public string? Assignee { get; init; }

    public string? Convoy { get; init; }

    public string? Parent { get; init; }

    public string? State { get; init; }

    public string? Text { get; init; }

    /// <summary>true: the trash.</summary>
    public bool? Trashed { get; init; }

    public string? After { get; init; }

    public int? Limit { get; init; }
}

/// <summary>
/// <c>GET /work-items</c>. With <c>ready=true</c> in the order of <see cref="Domain.Ageing"/>, else the newest first; each page
/// costs what it returns.
/// </summary>
static class ListItems
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/work-items", HandleAsync).WithSummary("List work items; ready=true gives the ready set in order");

    static async Task<Ok<Page<WorkItemSnapshot>>> HandleAsync([AsParameters] ItemFilter filter, Caller caller, HttpContext http, WorkDbContext db, Ledger ledger, CancellationToken ct)
    {
        var limit = Paging.Limit(filter.Limit);
        var ready = filter.Ready == true;
        var rows = await (ready ? ReadyPage(db, filter, caller) : NewestPage(db, filter, caller)).Take(limit + 1).ToListAsync(ct);
        var page = http.Page(rows, limit, i => ready ? [i.Rank, i.Id] : [i.CreatedAt.UtcTicks, i.Id]);
        return TypedResults.Ok(new Page<WorkItemSnapshot>(await ledger.SnapshotsAsync(page.Items, ct), page.Next));
    }

    /// <summary>Read off a partial index that holds only what is ready; a page begins with a seek, so the bound stands by itself.</summary>
    internal static IQueryable<WorkItemRow> ReadyPage(WorkDbContext db, ItemFilter filter, Caller caller)
    {
        var items = Filtered(db, filter, caller).Where(i => i.Ready);
        if (Paging.Decode(filter.After, 2) is [var rankText, var id])
        {
            var rank = Paging.Number(rankText);
            items = items.Where(i => i.Rank >= rank && (i.Rank > rank || string.Compare(i.Id, id) > 0));
        }
        return items.OrderBy(i => i.Rank).ThenBy(i => i.Id);
    }

    static IQueryable<WorkItemRow> NewestPage(WorkDbContext db, ItemFilter filter, Caller caller)
    {
        var trashed = filter.Trashed == true;
        var items = Filtered(db, filter, caller).Where(i => i.DeletedAt != null == trashed);
        if (filter.Ready == false) items = items.Where(i => !i.Ready);
        if (Paging.Decode(filter.After, 2) is [var ticks, var id])
        {
            var at = Paging.Ticks(ticks);
            items = items.Where(i => i.CreatedAt <= at && (i.CreatedAt < at || string.Compare(i.Id, id) < 0));
        }
        return items.OrderByDescending(i => i.CreatedAt).ThenByDescending(i => i.Id);
    }

    static IQueryable<WorkItemRow> Filtered(WorkDbContext db, ItemFilter f, Caller caller)
    {
        var items = db.Items.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } rigs) items = items.Where(i => rigs.Contains(i.RigId));
        if (f.Rig is not null) items = items.Where(i => i.RigId == f.Rig);
        if (Query.Names<WorkItemType>(f.Type, "/type") is { } types) items = items.Where(i => types.Contains(i.Type));
        if (Query.Names<WorkItemState>(f.State, "/state") is { } states) items = items.Where(i => states.Contains(i.State));
        if (f.Label is not null) items = items.Where(i => db.Labels.Any(l => l.Label == f.Label && l.ItemId == i.Id));
        if (f.Assignee is not null) items = items.Where(i => i.AssignedAgentId == f.Assignee);
        if (f.Convoy is not null) items = items.Where(i => i.ConvoyId == f.Convoy);
        if (f.Parent is not null) items = items.Where(i => i.ParentId == f.Parent);
        if (f.Text is { Length: > 200 }) throw Refusal.Invalid("/text", "At most 200 characters.").AsException();
        if (f.Text is { Length: > 0 } text)
        {
            var pattern = $"%{Query.Like(text.ToLowerInvariant().Replace("*", "")).Trim()}%";
            items = items.Where(i => EF.Functions.Like(i.Title.ToLower(), pattern, "\\") || EF.Functions.Like(i.Description!.ToLower(), pattern, "\\") || i.Id == text);
        }
        return items;
    }
}
