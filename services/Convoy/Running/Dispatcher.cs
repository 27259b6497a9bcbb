using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Running;

/// <summary>Slings what is ready and has a place, for all convoys at once, inside the caller's transaction.</summary>
sealed class Dispatcher(ConvoyDbContext db, ConvoyReader reader, Herald herald, IOutbox<ConvoyDbContext> outbox, TimeProvider clock)
{
    /// <summary>How many of a rig's items are slung for each of its workers: one runs, one is at hand when it ends.</summary>
    public const int PerWorker = 2;

    /// <summary>Whatever changed in this transaction before counts.</summary>
    public async Task DispatchAsync(CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await db.LockDispatchAsync(ct);
        var convoys = await db.Convoys.AsNoTracking().Where(c => c.Auto && !c.Paused && c.State == nameof(ConvoyState.Open) && c.HeldNumber == c.HoldNumber).ToListAsync(ct);
        // By what is spent now: that the row says so may come only after this.
        foreach (var bound in convoys.Where(c => c.BudgetUsd is not null).ToList())
            if (Budget.IsSpent(bound.BudgetUsd, await reader.SpentAsync(bound.ConvoyId, ct))) convoys.Remove(bound);
        if (convoys.Count == 0) return;
        var ids = convoys.Select(c => c.ConvoyId).ToList();
        var members = from item in db.Items.AsNoTracking() where ids.Contains(item.ConvoyId) join copy in db.Copies.AsNoTracking() on item.WorkItemId equals copy.Id where !copy.Trashed select new { Item = item, Copy = copy };
        var candidates = await members.Where(m => m.Copy.State == WorkItemState.Open && m.Copy.Ready && m.Item.SlungAt == null && m.Item.Hold == null)
            .Select(m => new Candidate(m.Item.ConvoyId, m.Item.WorkItemId, m.Copy.RigId, m.Item.Rank, m.Copy.Priority ?? 2)).ToListAsync(ct);
        // A step may be a gate, or wait for a person; only its workflow knows when it is due.
        candidates.RemoveAll(c => Ids.IsStep(c.WorkItemId));
        if (candidates.Count == 0) return;
        var busy = await members
            .Where(m => m.Copy.State == WorkItemState.Hooked || m.Copy.State == WorkItemState.InProgress || (m.Copy.State == WorkItemState.Open && m.Item.SlungAt != null && m.Item.Hold == null))
            .GroupBy(m => new { m.Item.ConvoyId, m.Copy.RigId }).Select(g => new { g.Key.ConvoyId, g.Key.RigId, Count = g.Count() }).ToListAsync(ct);
        var rigs = await db.Rigs.AsNoTracking().Select(r => new PlanRig(r.Id, r.State, r.MaxWorkers)).ToDictionaryAsync(r => r.Id, ct);
        var free = candidates.Select(c => c.RigId).Distinct().ToDictionary(r => r, r => Places(rigs, r) - busy.Where(b => b.RigId == r).Sum(b => b.Count));
        var shares = convoys.Select(c => new Share(c.ConvoyId, busy.Where(b => b.ConvoyId == c.ConvoyId).Sum(b => b.Count), c.MaxParallel, c.LaunchedAt ?? c.CreatedAt)).ToList();
        foreach (var pick in FairShare.Pick(shares, candidates, free))
        {
            var item = await db.Items.FindAsync([pick.ConvoyId, pick.WorkItemId], ct);
            await SlingAsync(item!, pick.RigId, ct);
        }
    }

    /// <summary>Sends it to its rig's pool. Sending it twice does no harm: it is on the hook already then.</summary>
    public async Task SlingAsync(ConvoyItemRow item, string rigId, CancellationToken ct)
    {
        item.SlungAt = clock.Now();
        var known = await db.Copies.Where(c => c.Id == item.WorkItemId).Select(c => new { c.Revision, c.Version }).SingleAsync(ct);
        item.SlungRevision = known.Revision;
        item.Slings++;
        herald.Note(item.ConvoyId, "slung", item.WorkItemId, ConvoyRun.Self, item.Slings == 1 ? $"to {ActorAddress.Pool(rigId)}" : $"to {ActorAddress.Pool(rigId)}, for the {item.Slings}. time");
        await outbox.PublishAsync(new SlingWork(item.ConvoyId, item.WorkItemId, ActorAddress.Pool(rigId), item.ConvoyId, null, null, null, ConvoyRun.Self, ItemVersion: known.Version), ct);
    }

    static int Places(IReadOnlyDictionary<string, PlanRig> rigs, string rigId) =>
        rigs.TryGetValue(rigId, out var rig) && rig.State != RigState.Active ? 0 : PerWorker * Planning.Workers(rigs, rigId);
}
