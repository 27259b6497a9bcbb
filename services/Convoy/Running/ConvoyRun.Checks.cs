using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Running;

/// <summary>Whether a convoy gets on, looked at by due times: no timer lives in memory, and a convoy that moves costs nothing.</summary>
sealed partial class ConvoyRun
{
    /// <summary>Slings without an answer before a person is asked.</summary>
    const int MaxSlings = 3;

    /// <summary>The time of a check has come: lost slings are sent again, then it is judged.</summary>
    public async Task CheckAsync(ConvoyRow row, Guid token, CancellationToken ct)
    {
        if (row.CheckToken != token) return;
        row.CheckToken = null;
        if (row.Paused) return;
        if (row.Auto)
        {
            await RepairAsync(row, ct);
            await dispatcher.DispatchAsync(ct);
            await db.SaveChangesAsync(ct);
        }
        await ConsiderStrandingAsync(row, ct);
    }

    /// <summary>Hook does not take it: it waits for somebody, and says why.</summary>
    public async Task SlingRefusedAsync(ConvoyRow row, SlingRefused refused, CancellationToken ct)
    {
        if (await db.Items.FindAsync([row.ConvoyId, refused.WorkItemId], ct) is not { SlungAt: not null } item) return;
        if (await db.Copies.AnyAsync(c => c.Id == item.WorkItemId && c.Revision > item.SlungRevision, ct)) return;
        (item.Hold, item.HoldReason) = (Stranding.Refused, refused.Detail);
        herald.Note(row.ConvoyId, "held", item.WorkItemId, "system/hook", refused.Detail);
        await GoOnAsync(row, ct);
        await ConsiderStrandingAsync(row, ct);
    }

    async Task RepairAsync(ConvoyRow row, CancellationToken ct)
    {
        var before = clock.Now() - await StallAfterAsync(row, ct);
        var unanswered = await (
            from item in db.Items
            where item.ConvoyId == row.ConvoyId && item.SlungAt != null && item.SlungAt <= before && item.Hold == null
            join copy in db.Copies on item.WorkItemId equals copy.Id
            where copy.State == WorkItemState.Open && copy.Ready && !copy.Trashed && copy.Revision == item.SlungRevision
            select new { Item = item, copy.RigId }).ToListAsync(ct);
        foreach (var lost in unanswered)
        {
            if (lost.Item.Slings < MaxSlings) await dispatcher.SlingAsync(lost.Item, lost.RigId, ct);
            else
            {
                (lost.Item.Hold, lost.Item.HoldReason) = ("unanswered", $"it was slung {MaxSlings} times and came to no hook; `cm dead-letters` may tell why.");
                herald.Note(row.ConvoyId, "held", lost.Item.WorkItemId, Self, lost.Item.HoldReason);
            }
        }
    }

    async Task ConsiderStrandingAsync(ConvoyRow row, CancellationToken ct)
    {
        if (!row.Watched || row.Paused || row.State != nameof(ConvoyState.Open)) return;
        await db.SaveChangesAsync(ct);
        var (now, stall) = (clock.Now(), await StallAfterAsync(row, ct));
        var moved = await MovedAsync(row, ct);
        var facts = (await reader.FactsAsync([row.ConvoyId], ct))[row.ConvoyId].ToList();
        var blocker = now - moved < stall ? null : await BlockerAsync(row, ct);
        var stuck = Stranding.Find(new StrandingFacts(row.ConvoyId, row.Auto, now - moved, stall, facts, blocker, row.OverBudget ? await reader.SpentAsync(row.ConvoyId, ct) : null, row.LandingFailure));
        if (stuck is not null) await StrandAsync(row, stuck, ct);
        else if (row.StrandedAt is not null) await RecoverAsync(row, ct);
        else if (row.CheckToken is null) await CheckAtAsync(row, moved + stall > now ? moved + stall : now + stall, ct);
    }

    async Task StrandAsync(ConvoyRow row, Stuck stuck, CancellationToken ct)
    {
        if (row.StrandedAt is not null && (row.StrandedCode, row.StrandedItem) == (stuck.Code, stuck.WorkItemId)) return;
        (row.StrandedCode, row.StrandedReason, row.StrandedNext, row.StrandedItem, row.StrandedAt) = (stuck.Code, stuck.Reason, stuck.Next, stuck.WorkItemId, clock.Now());
        await TellAsync(row, new ConvoyStranded(Header(ConvoyStranded.Type, row, Self), await reader.SnapshotAsync(row, ct)), stuck.Reason, ct);
        ConvoyTelemetry.Stranded(db, stuck.Code);
        // Who used up its attempts has an incident of its own.
        if (stuck.Code == Stranding.Exhausted) return;
        await outbox.PublishAsync(new RaiseIncident($"stranded:{row.ConvoyId}:{stuck.Code}:{stuck.WorkItemId}", Severity.Medium, Self, $"The convoy {row.ConvoyId} ({row.Name}) does not get on", stuck.Reason, [stuck.Next], null, stuck.WorkItemId, null), ct);
    }

    async Task RecoverAsync(ConvoyRow row, CancellationToken ct)
    {
        row.ForgetStranding();
        await TellAsync(row, new ConvoyRecovered(Header(ConvoyRecovered.Type, row, Self), await reader.SnapshotAsync(row, ct)), null, ct);
        await WatchAsync(row, ct);
    }

    async Task WatchAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row.Watched || row.Auto) await CheckAtAsync(row, clock.Now() + await StallAfterAsync(row, ct), ct);
    }

    async Task CheckAtAsync(ConvoyRow row, DateTimeOffset at, CancellationToken ct)
    {
        if (row.CheckToken is { } old) await outbox.CancelAsync(old, ct);
        var token = Ids.Ordered(clock.Now());
        row.CheckToken = token;
        await outbox.ScheduleAsync(new Sagas.ConvoyCheckDue(row.ConvoyId, token), at, token, ct);
    }

    async Task EndChecksAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row.CheckToken is { } old) await outbox.CancelAsync(old, ct);
        row.CheckToken = null;
        row.ForgetStranding();
    }

    async Task<TimeSpan> StallAfterAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row.StallAfterSeconds is { } own) return TimeSpan.FromSeconds(own);
        var rigs = from item in db.Items where item.ConvoyId == row.ConvoyId join copy in db.Copies on item.WorkItemId equals copy.Id join rig in db.Rigs on copy.RigId equals rig.Id select (int?)rig.StallAfterSeconds;
        return TimeSpan.FromSeconds(await rigs.MaxAsync(ct) ?? new RigSettings().StallAfterSeconds);
    }

    /// <summary>When last something of it changed, or it slung something itself.</summary>
    async Task<DateTimeOffset> MovedAsync(ConvoyRow row, CancellationToken ct)
    {
        var moves = from item in db.Items where item.ConvoyId == row.ConvoyId join copy in db.Copies on item.WorkItemId equals copy.Id where copy.MovedAt != null orderby copy.MovedAt descending select copy.MovedAt;
        var slings = db.Items.Where(i => i.ConvoyId == row.ConvoyId && i.SlungAt != null).OrderByDescending(i => i.SlungAt).Select(i => i.SlungAt);
        return new[] { row.LaunchedAt ?? row.CreatedAt, await moves.FirstOrDefaultAsync(ct), await slings.FirstOrDefaultAsync(ct) }.Max()!.Value;
    }

    async Task<string?> BlockerAsync(ConvoyRow row, CancellationToken ct)
    {
        var graph = (await plans.LookAsync(row.ConvoyId, ct)).Graph;
        return graph.Open.SelectMany(i => graph.WaitsFor(i.Id)).Where(t => !graph.Members.Contains(t)).Order(StringComparer.Ordinal).FirstOrDefault();
    }
}
