using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Running;

/// <summary>A convoy whose changes land together: the merge queues hold them, and the convoy says when.</summary>
sealed partial class ConvoyRun
{
    /// <summary>The merge queues have taken it in: what is slung from now on cannot land by itself.</summary>
    public async Task HeldAsync(ConvoyRow row, MergesHeld held, CancellationToken ct)
    {
        row.HeldNumber = Math.Max(row.HeldNumber, held.Number);
        foreach (var request in held.Proved) await KeepAsync(request, ct);
        await GoOnAsync(row, ct);
    }

    /// <summary>All targets have moved. Work closes the items, and with them the convoy lands.</summary>
    public async Task LandingCompletedAsync(ConvoyRow row, LandingCompleted completed, CancellationToken ct)
    {
        if (completed.Number != row.LandingNumber) return;
        row.Landing = false;
        // Until each is heard of as merged or closed, what has landed would be ordered once more.
        foreach (var item in await db.Items.Where(i => i.ConvoyId == row.ConvoyId && i.RequestId != null && completed.RequestIds.Contains(i.RequestId)).ToListAsync(ct)) item.Proved = false;
        herald.Note(row.ConvoyId, "landing-completed", null, completed.Event.Actor, null);
    }

    /// <summary>Nothing of it is landed. It is ordered again by itself, unless it needs a person first.</summary>
    public async Task LandingFailedAsync(ConvoyRow row, LandingFailed failed, CancellationToken ct)
    {
        if (failed.Number != row.LandingNumber || !row.Landing) return;
        row.Landing = false;
        row.LandingFailure = failed.NeedsPerson ? failed.Reason : null;
        herald.Note(row.ConvoyId, "landing-failed", null, failed.Event.Actor, failed.Reason);
        foreach (var request in failed.Missing) await KeepAsync(request, ct);
        await GoOnAsync(row, ct);
        await ConsiderStrandingAsync(row, ct);
    }

    /// <summary>Keeps what is known of an item's request, in the convoys that land together. Those to which it is news.</summary>
    public async Task<IReadOnlyList<string>> KeepAsync(MergeRequestSnapshot request, CancellationToken ct)
    {
        var items = db.Items.Where(i => i.WorkItemId == request.WorkItemId && db.Convoys.Any(c => c.ConvoyId == i.ConvoyId && c.Atomic));
        if (request.WorkItemId is not { } id || !await items.AnyAsync(ct)) return [];
        await db.LockItemsAsync([id], ct);
        var changed = (await items.ToListAsync(ct)).Where(i => JointLanding.IsNews(i.RequestFence, i.RequestVersion, request.Fence, request.Version)).ToList();
        foreach (var item in changed)
            (item.RequestId, item.RequestFence, item.RequestVersion, item.Proved) = (request.Id, request.Fence, request.Version, request.State == MergeRequestState.Proved);
        return [.. changed.Select(i => i.ConvoyId)];
    }

    /// <summary>Tells the merge queues which items land together.</summary>
    async Task HoldAsync(ConvoyRow row, CancellationToken ct)
    {
        if (!row.Atomic || row.State is nameof(ConvoyState.Staged)) return;
        await db.SaveChangesAsync(ct);
        row.HoldNumber++;
        var items = row.State == nameof(ConvoyState.Cancelled) ? [] : await db.Items.Where(i => i.ConvoyId == row.ConvoyId).OrderBy(i => i.WorkItemId).Select(i => i.WorkItemId).ToListAsync(ct);
        await outbox.PublishAsync(new HoldMerges(row.ConvoyId, row.HoldNumber, items), ct);
    }

    /// <summary>Orders the landing when all that is left is proved; one order at a time.</summary>
    async Task OrderLandingAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row is not { Atomic: true, Landing: false, Paused: false, LandingFailure: null, State: nameof(ConvoyState.Open) } || row.HeldNumber != row.HoldNumber) return;
        await db.SaveChangesAsync(ct);
        if (JointLanding.Ready([.. (await reader.FactsAsync([row.ConvoyId], ct))[row.ConvoyId]]) is not { } requests) return;
        (row.Landing, row.LandingNumber) = (true, row.LandingNumber + 1);
        herald.Note(row.ConvoyId, "landing-ordered", null, Self, string.Join(", ", requests.Take(20)));
        await outbox.PublishAsync(new LandTogether(row.ConvoyId, row.LandingNumber, requests), ct);
    }

    /// <summary>An item's change lands with one convoy.</summary>
    async Task RefuseHeldElsewhereAsync(ConvoyRow row, IReadOnlyCollection<string> items, CancellationToken ct)
    {
        if (!row.Atomic) return;
        var other = await (from item in db.Items
                           where items.Contains(item.WorkItemId) && item.ConvoyId != row.ConvoyId
                           join convoy in db.Convoys on item.ConvoyId equals convoy.ConvoyId
                           where convoy.Atomic && convoy.State == nameof(ConvoyState.Open)
                           orderby item.WorkItemId
                           select new { item.WorkItemId, item.ConvoyId }).FirstOrDefaultAsync(ct);
        if (other is not null)
            throw Refusal.Conflict("lands-elsewhere", $"{other.WorkItemId} lands together with the convoy {other.ConvoyId}. Take it out there first: DELETE /convoys/{other.ConvoyId}/items/{other.WorkItemId}.", ("convoyId", other.ConvoyId)).AsException();
    }
}
