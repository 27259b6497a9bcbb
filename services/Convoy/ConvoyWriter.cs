using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy;

/// <summary>The transitions of a convoy, each with its event, inside the caller's transaction.</summary>
sealed class ConvoyWriter(ConvoyDbContext db, ConvoyReader reader, IOutbox<ConvoyDbContext> outbox, TimeProvider clock)
{
    /// <summary>Adds items that are not in it yet. True when any was.</summary>
    public async Task<bool> AddAsync(string convoyId, IReadOnlyCollection<string> workItemIds, CancellationToken ct)
    {
        foreach (var id in workItemIds.Distinct().Order(StringComparer.Ordinal)) await db.LockItemAsync(id, ct);
        var present = await db.Items.Where(i => i.ConvoyId == convoyId).Select(i => i.WorkItemId).ToListAsync(ct);
        var now = clock.Now();
        var fresh = workItemIds.Distinct().Except(present).ToList();
        db.Items.AddRange(fresh.Select(id => new ConvoyItemRow { ConvoyId = convoyId, WorkItemId = id, AddedAt = now }));
        await db.SaveChangesAsync(ct);
        return fresh.Count > 0;
    }

    /// <summary>Lands it if everything in it is closed. It happens once: the row leaves the open state in the same transaction.</summary>
    public async Task<bool> TryLandAsync(ConvoyRow row, CancellationToken ct)
    {
        var facts = (await reader.FactsAsync([row.ConvoyId], ct))[row.ConvoyId].ToList();
        if (!Progress.IsComplete(facts)) return false;
        row.State = nameof(ConvoyState.Landed);
        row.LandedAt = clock.Now();
        await outbox.PublishAsync(new ConvoyLanded(Header(ConvoyLanded.Type, row, ActorAddress.System("convoy")), ConvoyReader.Snapshot(row, facts)), ct);
        return true;
    }

    /// <summary>The convoy as it is now, for an event.</summary>
    public Task<ConvoySnapshot> SnapshotAsync(ConvoyRow row, CancellationToken ct) => reader.SnapshotAsync(row, ct);

    /// <summary>Puts an event about this convoy into the transaction.</summary>
    public Task PublishAsync<T>(T message, CancellationToken ct) where T : class => outbox.PublishAsync(message, ct);

    /// <summary>The header of an event about this convoy.</summary>
    public RunEvent Header(string type, ConvoyRow row, string actor)
    {
        var now = clock.Now();
        return new RunEvent(Ids.Ordered(now), type, actor, now, ConvoyId: row.ConvoyId);
    }
}
