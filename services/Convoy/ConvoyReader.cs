using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy;

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
            select new { item.ConvoyId, item.WorkItemId, Copy = copy }).ToListAsync(ct);
        return rows.ToLookup(r => r.ConvoyId, r => r.Copy is null
            ? new ItemFact(r.WorkItemId, null, null, false, null, null, [])
            : new ItemFact(r.WorkItemId, r.Copy.RigId, r.Copy.State, r.Copy.Ready, r.Copy.Outcome, r.Copy.AgentId,
                [.. r.Copy.Dependencies.Where(d => d is { Type: DependencyType.Blocks, Dangling: false }).Select(d => d.TargetId)]));
    }

    /// <summary>The convoy as events and answers carry it.</summary>
    public async Task<ConvoySnapshot> SnapshotAsync(ConvoyRow row, CancellationToken ct) =>
        Snapshot(row, [.. (await FactsAsync([row.ConvoyId], ct))[row.ConvoyId]]);

    /// <summary>The convoy with facts already at hand.</summary>
    public static ConvoySnapshot Snapshot(ConvoyRow row, IReadOnlyCollection<ItemFact> facts) => new(
        row.ConvoyId, row.Name, Enum.Parse<ConvoyState>(row.State), row.Owner, Progress.Count(facts),
        [.. facts.Select(f => new ConvoyItemSnapshot(f.Id, f.RigId, f.State, f.AgentId, Progress.WaitingFor(f)))],
        [.. facts.Where(f => f.State is WorkItemState.InProgress && f.AgentId is not null).Select(f => f.AgentId!).Distinct()],
        row.CreatedAt, row.LaunchedAt, row.LandedAt, row.Version);
}
