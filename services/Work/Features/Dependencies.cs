using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features;

/// <summary>The edges between items, and what they may not be. Use it inside a transaction, under the graph's lock.</summary>
sealed class Dependencies(WorkDbContext db)
{
    /// <summary>Most edges one item may carry.</summary>
    public const int MaxPerItem = 100;

    /// <summary>
    /// Adds an edge between existing items (the target may be unknown here: kept, and never blocking). The same edge again
    /// changes nothing. Answers whether something changed; the caller records the item.
    /// </summary>
    public async Task<bool> AddAsync(WorkItemRow item, string targetId, DependencyType type, string by, DateTimeOffset now, CancellationToken ct)
    {
        if (targetId == item.Id) throw Refusal.Conflict("self-dependency", $"{item.Id} cannot depend on itself. Name another item as targetId.").AsException();
        var existing = await db.Edges.SingleOrDefaultAsync(e => e.ItemId == item.Id && e.TargetId == targetId, ct);
        if (existing is not null)
            return existing.Type == type ? false : throw Refusal.Conflict("dependency-exists",
                $"{item.Id} has a {Name(existing.Type)} edge to {targetId} already, and there is one edge per pair. Remove that one first.", ("type", existing.Type)).AsException();
        if (await db.Edges.CountAsync(e => e.ItemId == item.Id, ct) >= MaxPerItem)
            throw Refusal.Conflict("too-many-dependencies", $"{item.Id} has {MaxPerItem} dependencies, which is the limit. Put an item in between that collects some of them.").AsException();

        var target = await db.Items.SingleOrDefaultAsync(i => i.Id == targetId, ct);
        if (type is DependencyType.Blocks) await RefuseAncestorAsync(item, targetId, ct);
        if (type is DependencyType.ParentChild)
        {
            if (target is not { DeletedAt: null }) throw Refusal.NotFound("work item", targetId).AsException();
            if (target.State == WorkItemState.Closed)
                throw Refusal.Conflict("parent-closed", $"{targetId} is closed and takes no more children. POST /work-items/{targetId}/reopen first, or choose another parent.").AsException();
            if (item.ParentId is not null)
                throw Refusal.Conflict("has-parent", $"{item.Id} is a child of {item.ParentId}, and an item has one parent. Remove that edge first.", ("parentId", item.ParentId)).AsException();
        }
        if (Decides(type)) await RefuseCycleAsync(item.Id, targetId, ct);
        if (type is DependencyType.ParentChild) await RefuseWaitingBelowAsync(item, targetId, ct);
        if (type is DependencyType.ParentChild) ConnectParent(item, target!, by, now);
        else Connect(item, targetId, type, target is { Blocking: true }, by, now);
        return true;
    }

    /// <summary>Takes an edge away; 404 when there is none.</summary>
    public async Task RemoveAsync(WorkItemRow item, string targetId, CancellationToken ct)
    {
        var edge = await db.Edges.SingleOrDefaultAsync(e => e.ItemId == item.Id && e.TargetId == targetId, ct)
            ?? throw Refusal.NotFound("dependency", $"{item.Id} → {targetId}", $"GET /work-items/{item.Id} shows what it depends on.").AsException();
        db.Edges.Remove(edge);
        if (edge.Type == DependencyType.Blocks && await db.Items.AnyAsync(i => i.Id == targetId && i.Blocking, ct)) item.OpenBlockers--;
        if (edge.Type == DependencyType.ParentChild) (item.ParentId, item.ParentBlocked, item.ParentDeferred) = (null, false, false);
    }

    /// <summary>Writes an edge that was checked, and counts its target if that blocks as it stands now.</summary>
    public void Connect(WorkItemRow item, string targetId, DependencyType type, bool targetBlocks, string by, DateTimeOffset now)
    {
        db.Edges.Add(new EdgeRow { ItemId = item.Id, TargetId = targetId, Type = type, CreatedBy = by, CreatedAt = now });
        if (type is DependencyType.Blocks && targetBlocks) item.OpenBlockers++;
    }

    /// <summary>Puts an item under a parent.</summary>
    public void ConnectParent(WorkItemRow item, WorkItemRow parent, string by, DateTimeOffset now)
    {
        db.Edges.Add(new EdgeRow { ItemId = item.Id, TargetId = parent.Id, Type = DependencyType.ParentChild, CreatedBy = by, CreatedAt = now });
        (item.ParentId, item.ParentBlocked, item.ParentDeferred) = (parent.Id, parent.BlocksChildren, parent.HidesChildren);
    }

    /// <summary>Refuses an edge that would close a circle, naming it.</summary>
    public async Task RefuseCycleAsync(string itemId, string targetId, CancellationToken ct)
    {
        var path = await CycleSearch.FindAsync(itemId, targetId,
            async ids => await db.Edges.Where(e => ids.Contains(e.ItemId) && (e.Type == DependencyType.Blocks || e.Type == DependencyType.ParentChild))
                .Select(e => new WaitsFor(e.ItemId, e.TargetId)).ToListAsync(ct),
            async ids => await db.Edges.Where(e => ids.Contains(e.TargetId) && (e.Type == DependencyType.Blocks || e.Type == DependencyType.ParentChild))
                .Select(e => new WaitsFor(e.ItemId, e.TargetId)).ToListAsync(ct));
        if (path is not null) throw Cycle(path);
    }

    /// <summary>The refusal that names a circle.</summary>
    public static RefusalException Cycle(IReadOnlyList<string> path) => Refusal.Conflict("dependency-cycle",
        $"These would wait for each other for ever: {string.Join(" → ", path)}. Leave out one of these edges.", ("path", path)).AsException();

    /// <summary>Whether edges of this type have a say in readiness.</summary>
    public static bool Decides(DependencyType type) => type is DependencyType.Blocks or DependencyType.ParentChild;

    async Task RefuseAncestorAsync(WorkItemRow item, string targetId, CancellationToken ct)
    {
        if (item.ParentId is not null && (await AncestryAsync(item.ParentId, ct)).Contains(targetId)) throw WaitsForAncestor(item.Id, targetId);
    }

    /// <summary>Refuses a parent that something in the subtree to be moved waits for, or that stands below one.</summary>
    async Task RefuseWaitingBelowAsync(WorkItemRow item, string parentId, CancellationToken ct)
    {
        var above = await AncestryAsync(parentId, ct);
        for (List<string> level = [item.Id]; level.Count > 0; level = await db.Items.Where(i => i.ParentId != null && level.Contains(i.ParentId)).Select(i => i.Id).ToListAsync(ct))
        {
            if (await db.Edges.FirstOrDefaultAsync(e => e.Type == DependencyType.Blocks && level.Contains(e.ItemId) && above.Contains(e.TargetId), ct) is { } edge)
                throw WaitsForAncestor(edge.ItemId, edge.TargetId);
        }
    }

    /// <summary>The item and everything above it.</summary>
    async Task<List<string>> AncestryAsync(string itemId, CancellationToken ct)
    {
        var line = new List<string>();
        for (string? at = itemId; at is not null; at = await db.Items.Where(i => i.Id == at).Select(i => i.ParentId).SingleOrDefaultAsync(ct)) line.Add(at);
        return line;
    }

    static RefusalException WaitsForAncestor(string itemId, string targetId) => Refusal.Conflict("child-blocks-on-parent",
        $"{targetId} is above {itemId} and is finished by finishing what is below it, so {itemId} would wait for itself. Use type related to note the connection.",
        ("item", itemId), ("parent", targetId)).AsException();

    static string Name(DependencyType type) => Persistence.SnakeCase.Of(type.ToString()).Replace('_', '-');
}
