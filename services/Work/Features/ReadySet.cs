using ClaudeManage.Contracts.Work;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features;

/// <summary>Keeps <see cref="WorkItemRow.Ready"/> and the counts under it in step: the cost is what changes, whatever else there is.</summary>
sealed class ReadySet(WorkDbContext db)
{
    /// <summary>
    /// Brings these items and everything that depends on what changed in them up to date. Call it inside a transaction,
    /// after the change. Answers those whose readiness is another than before, the given ones included.
    /// </summary>
    public async Task<IReadOnlyList<WorkItemRow>> SettleAsync(IReadOnlyCollection<WorkItemRow> changed, DateTimeOffset now, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);      // what follows asks the database
        var before = new Dictionary<WorkItemRow, bool>();
        IReadOnlyCollection<WorkItemRow> level = changed;
        while (level.Count > 0)
        {
            var blockers = new Dictionary<string, int>();
            var parents = new Dictionary<string, WorkItemRow>();
            foreach (var item in level)
            {
                before.TryAdd(item, item.Ready);
                var next = Readiness.Of(item.Facts, now);
                if (next.Blocking != item.Blocking) blockers[item.Id] = next.Blocking ? 1 : -1;
                if (next.BlocksChildren != item.BlocksChildren || next.HidesChildren != item.HidesChildren) parents[item.Id] = item;
                (item.Ready, item.Blocking, item.BlocksChildren, item.HidesChildren) = next;
            }
            var affected = new HashSet<WorkItemRow>();
            await CountBlockersAsync(blockers, affected, ct);
            await TellChildrenAsync(parents, affected, ct);
            level = affected;
        }
        return [.. before.Where(b => b.Key.Ready != b.Value).Select(b => b.Key)];
    }

    async Task CountBlockersAsync(Dictionary<string, int> blockers, HashSet<WorkItemRow> affected, CancellationToken ct)
    {
        if (blockers.Count == 0) return;
        var edges = await db.Edges.AsNoTracking().Where(e => e.Type == DependencyType.Blocks && blockers.Keys.Contains(e.TargetId)).ToListAsync(ct);
        if (edges.Count == 0) return;
        var ids = edges.Select(e => e.ItemId).Distinct().ToList();
        var waiting = await db.Items.Where(i => ids.Contains(i.Id)).ToDictionaryAsync(i => i.Id, ct);
        foreach (var edge in edges)
        {
            waiting[edge.ItemId].OpenBlockers += blockers[edge.TargetId];
            affected.Add(waiting[edge.ItemId]);
        }
    }

    async Task TellChildrenAsync(Dictionary<string, WorkItemRow> parents, HashSet<WorkItemRow> affected, CancellationToken ct)
    {
        if (parents.Count == 0) return;
        foreach (var child in await db.Items.Where(i => i.ParentId != null && parents.Keys.Contains(i.ParentId)).ToListAsync(ct))
        {
            var parent = parents[child.ParentId!];
            (child.ParentBlocked, child.ParentDeferred) = (parent.BlocksChildren, parent.HidesChildren);
            affected.Add(child);
        }
    }
}
