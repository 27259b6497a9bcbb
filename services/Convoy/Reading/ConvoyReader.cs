using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Reading;

/// <summary>Puts a convoy together from its row and the copies of its items.</summary>
sealed class ConvoyReader(ConvoyDbContext db)
{
    /// <summary>What is known of each item of these convoys, oldest first.</summary>
    public async Task<ILookup<string, ItemFact>> FactsAsync(IReadOnlyCollection<string> convoyIds, CancellationToken ct)
    {
        var rows = await (
            from item in db.Items.AsNoTracking()
            where convoyIds.Contains(item.ConvoyId)
            join copy in db.Copies.AsNoTracking() on item.WorkItemId equals copy.Id into copies
            from copy in copies.DefaultIfEmpty()
            orderby item.AddedAt, item.WorkItemId
            select new { Item = item, Copy = copy }).ToListAsync(ct);
        return rows.ToLookup(r => r.Item.ConvoyId, r => Fact(r.Item, r.Copy));
    }

    static ItemFact Fact(ConvoyItemRow item, ItemCopy? copy) => copy is null
        ? new ItemFact(item.WorkItemId, null, null, false, null, null, [])
        : new ItemFact(item.WorkItemId, copy.RigId, copy.State, copy.Ready, copy.Outcome, copy.AgentId,
            [.. copy.Dependencies.Where(d => d is { Type: DependencyType.Blocks, Dangling: false }).Select(d => d.TargetId)],
            copy.Trashed, copy.Type, item.SlungAt is not null, item.Hold, item.HoldReason, item.Proved ? item.RequestId : null);

    /// <summary>True when everything in it is closed. Asks for one that is not before it loads anything.</summary>
    public async Task<bool> IsCompleteAsync(string convoyId, CancellationToken ct)
    {
        var open = from item in db.Items
                   where item.ConvoyId == convoyId
                   join copy in db.Copies on item.WorkItemId equals copy.Id into copies
                   from copy in copies.DefaultIfEmpty()
                   where copy == null || (copy.State != WorkItemState.Closed && !copy.Trashed)
                   select item.WorkItemId;
        return !await open.AnyAsync(ct) && Progress.IsComplete([.. (await FactsAsync([convoyId], ct))[convoyId]]);
    }

    /// <summary>What the finished sessions of its items reported.</summary>
    public async Task<decimal> SpentAsync(string convoyId, CancellationToken ct)
    {
        var costs = await (from item in db.Items where item.ConvoyId == convoyId join cost in db.Costs on item.WorkItemId equals cost.WorkItemId select cost).AsNoTracking().ToListAsync(ct);
        var tried = costs.Select(c => c.WorkItemId).ToHashSet();
        var others = await (from item in db.Items where item.ConvoyId == convoyId join copy in db.Copies on item.WorkItemId equals copy.Id where copy.CostUsd != null select new { copy.Id, copy.CostUsd, copy.CostRevision }).ToListAsync(ct);
        // Added up here: SQLite keeps decimals as text.
        return costs.Sum(c => Budget.Counted(c.Usd)) + others.Where(o => o.CostRevision > 0 || !tried.Contains(o.Id)).Sum(o => Budget.Counted(o.CostUsd!.Value));
    }

    /// <summary>Items closed in an hour: over the last day, or since the launch. Null while none is.</summary>
    public async Task<double?> ClosedPerHourAsync(ConvoyRow row, DateTimeOffset now, CancellationToken ct)
    {
        if (row.LaunchedAt is not { } launched) return null;
        var until = row.LandedAt ?? now;
        var begin = launched > until.AddDays(-1) ? launched : until.AddDays(-1);
        var closed = await (from item in db.Items where item.ConvoyId == row.ConvoyId join copy in db.Copies on item.WorkItemId equals copy.Id where copy.ClosedAt >= begin && copy.ClosedAt <= until select copy.Id).CountAsync(ct);
        return closed == 0 || until <= begin ? null : closed / (until - begin).TotalHours;
    }

    /// <summary>The last lines of its timeline, the newest first.</summary>
    public async Task<List<ConvoyTimelineEntry>> TimelineAsync(string convoyId, int size, long? before, CancellationToken ct) =>
        await db.Timeline.AsNoTracking().Where(t => t.ConvoyId == convoyId && (before == null || t.Number < before)).OrderByDescending(t => t.Number).Take(size)
            .Select(t => new ConvoyTimelineEntry(t.Number, t.At, t.What, t.WorkItemId, t.Actor, t.Detail)).ToListAsync(ct);

    /// <summary>The convoy as events and answers carry it.</summary>
    public async Task<ConvoySnapshot> SnapshotAsync(ConvoyRow row, CancellationToken ct) =>
        Snapshot(row, [.. (await FactsAsync([row.ConvoyId], ct))[row.ConvoyId]]);

    /// <summary>The convoy with facts already at hand.</summary>
    public static ConvoySnapshot Snapshot(ConvoyRow row, IReadOnlyCollection<ItemFact> facts) => new(
        row.ConvoyId, row.Name, row.StateOf, row.Owner, Progress.Count(facts),
        [.. facts.Select(f => new ConvoyItemSnapshot(f.Id, f.RigId, f.State, f.AgentId, Progress.WaitingFor(f, row.Dispatching)))],
        [.. facts.Where(f => f.State is WorkItemState.InProgress && f.AgentId is not null).Select(f => f.AgentId!).Distinct()],
        row.CreatedAt, row.LaunchedAt, row.LandedAt, row.Version, row.Auto ? ConvoyDispatch.Auto : ConvoyDispatch.Manual, row.MaxParallel, row.Paused,
        row.StrandedAt is { } since ? new ConvoyStranding(row.StrandedCode!, row.StrandedReason!, row.StrandedNext!, row.StrandedItem, since) : null, row.Deadline, row.BudgetUsd, row.Atomic);
}
