using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Running;

/// <summary>
/// The transitions of a convoy, each with its events, commands and due times, in the caller's transaction and under the row's version. Called by
/// the saga for what neighbours say and by the endpoints for what people say.
/// </summary>
sealed partial class ConvoyRun(ConvoyDbContext db, ConvoyReader reader, PlanReader plans, Dispatcher dispatcher, Herald herald, IOutbox<ConvoyDbContext> outbox, TimeProvider clock)
{
    /// <summary>Who slings and takes back.</summary>
    public static readonly string Self = ActorAddress.System("convoy");

    /// <summary>The convoy, or a refusal.</summary>
    public async Task<ConvoyRow> FindAsync(string id, CancellationToken ct) =>
        await db.Convoys.SingleOrDefaultAsync(c => c.ConvoyId == id, ct) ?? throw Refusal.NotFound("convoy", id).AsException();

    /// <summary>Refuses what its state does not take.</summary>
    public static void Require(ConvoyRow row, ConvoyVerb verb)
    {
        if (ConvoyRules.Refuse(row.StateOf, verb, row.ConvoyId) is { } no) throw Refusal.Conflict(no.Code, no.Detail).AsException();
    }

    /// <summary>Adds items; a landed convoy opens again. False when all were in it already.</summary>
    public async Task<bool> AddAsync(ConvoyRow row, IReadOnlyCollection<string> workItemIds, string actor, CancellationToken ct)
    {
        if (row.State != nameof(ConvoyState.Staged)) await RefuseHeldElsewhereAsync(row, workItemIds, ct);
        var added = await InsertAsync(row.ConvoyId, workItemIds, ct);
        if (added.Count == 0) return false;
        await HoldAsync(row, ct);
        Note(row, "added", added, actor);
        if (row.State == nameof(ConvoyState.Landed)) await ReopenAsync(row, actor, ct);
        else await TellAsync(row, new ConvoyUpdated(Header(ConvoyUpdated.Type, row, actor), await reader.SnapshotAsync(row, ct)), null, ct);
        await ChangedAsync(row, ct);
        return true;
    }

    /// <summary>Takes an item out; what was queued for it is taken back, what runs goes on without it.</summary>
    public async Task RemoveAsync(ConvoyRow row, string workItemId, string actor, CancellationToken ct)
    {
        var item = await db.Items.FindAsync([row.ConvoyId, workItemId], ct)
            ?? throw Refusal.NotFound("work item", workItemId, $"It is not in the convoy {row.ConvoyId}; GET /convoys/{row.ConvoyId} lists what is.").AsException();
        db.Items.Remove(item);
        await HoldAsync(row, ct);
        await db.SaveChangesAsync(ct);
        Note(row, "removed", [workItemId], actor);
        await UnslingAsync(row, [workItemId], running: false, "taken out of the convoy", ct);
        await TellAsync(row, new ConvoyUpdated(Header(ConvoyUpdated.Type, row, actor), await reader.SnapshotAsync(row, ct), [workItemId]), null, ct);
        await ChangedAsync(row, ct);
    }

    /// <summary>
    /// An item of it changed: it lands, or opens again, or has got on. It lands once: the row leaves the open state in the same transaction.
    /// </summary>
    public async Task EvaluateAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row.State == nameof(ConvoyState.Landed) && !await reader.IsCompleteAsync(row.ConvoyId, ct))
        {
            await ReopenAsync(row, Self, ct);
            await GoOnAsync(row, ct);
        }
        if (row.State != nameof(ConvoyState.Open) || await LandAsync(row, ct)) return;
        await OrderLandingAsync(row, ct);
        await JudgeTermsAsync(row, ct);
        await ConsiderStrandingAsync(row, ct);
    }

    async Task<bool> LandAsync(ConvoyRow row, CancellationToken ct)
    {
        if (row.State != nameof(ConvoyState.Open) || !await reader.IsCompleteAsync(row.ConvoyId, ct)) return false;
        row.State = nameof(ConvoyState.Landed);
        (row.LandedAt, row.Landing, row.LandingFailure) = (clock.Now(), false, null);
        await EndChecksAsync(row, ct);
        await EndTermsAsync(row, ct);
        ConvoyTelemetry.Landed(db, row);
        await TellAsync(row, new ConvoyLanded(Header(ConvoyLanded.Type, row, Self), await reader.SnapshotAsync(row, ct)), null, ct);
        return true;
    }

    async Task ReopenAsync(ConvoyRow row, string actor, CancellationToken ct)
    {
        row.State = nameof(ConvoyState.Open);
        row.LandedAt = null;
        await TellAsync(row, new ConvoyReopened(Header(ConvoyReopened.Type, row, actor), await reader.SnapshotAsync(row, ct)), null, ct);
        await WatchAsync(row, ct);
    }

    /// <summary>After a change of membership or of what it may do: lands it, or slings what has a place now.</summary>
    async Task GoOnAsync(ConvoyRow row, CancellationToken ct, Look? ranks = null)
    {
        await db.SaveChangesAsync(ct);
        if (row.State != nameof(ConvoyState.Open) || await LandAsync(row, ct)) return;
        await OrderLandingAsync(row, ct);
        if (!row.Auto) return;
        if (ranks is not null) await RankAsync(row, ranks, ct);
        if (!row.Paused) await dispatcher.DispatchAsync(ct);
    }

    /// <summary>After a change of membership.</summary>
    async Task ChangedAsync(ConvoyRow row, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await GoOnAsync(row, ct, row.State == nameof(ConvoyState.Open) && row.Auto ? await plans.LookAsync(row.ConvoyId, ct) : null);
        if (row.State == nameof(ConvoyState.Open)) await JudgeTermsAsync(row, ct);
    }

    async Task RankAsync(ConvoyRow row, Look look, CancellationToken ct)
    {
        var behind = Chains.Behind(look.Graph, i => look.History.At(i.RigId, 0.5));
        foreach (var item in await db.Items.Where(i => i.ConvoyId == row.ConvoyId).ToListAsync(ct)) item.Rank = behind.GetValueOrDefault(item.WorkItemId);
    }

    /// <summary>Those that were not in it.</summary>
    async Task<IReadOnlyList<string>> InsertAsync(string convoyId, IReadOnlyCollection<string> workItemIds, CancellationToken ct)
    {
        var wanted = workItemIds.Distinct().Order(StringComparer.Ordinal).ToList();
        await db.LockItemsAsync(wanted, ct);
        var present = await db.Items.Where(i => i.ConvoyId == convoyId).Select(i => i.WorkItemId).ToListAsync(ct);
        var now = clock.Now();
        var fresh = wanted.Except(present).ToList();
        db.Items.AddRange(fresh.Select(id => new ConvoyItemRow { ConvoyId = convoyId, WorkItemId = id, AddedAt = now }));
        await db.SaveChangesAsync(ct);
        return fresh;
    }

    async Task UnslingAsync(ConvoyRow row, IEnumerable<string> items, bool running, string reason, CancellationToken ct)
    {
        foreach (var id in items) await outbox.PublishAsync(new UnslingWork(row.ConvoyId, id, row.ConvoyId, running, reason, Self), ct);
    }

    /// <summary>Items that may be on a hook: so Work says, or the convoy sent them and has not heard yet.</summary>
    async Task<List<string>> OnHooksAsync(ConvoyRow row, bool running, CancellationToken ct) => await (
        from item in db.Items
        where item.ConvoyId == row.ConvoyId
        join copy in db.Copies on item.WorkItemId equals copy.Id
        where !copy.Trashed && (copy.State == WorkItemState.Hooked || (copy.State == WorkItemState.Open && item.SlungAt != null)
            || (running && (copy.State == WorkItemState.InProgress || copy.State == WorkItemState.Parked)))
        orderby item.WorkItemId
        select item.WorkItemId).ToListAsync(ct);

    Task TellAsync<T>(ConvoyRow row, T happened, string? detail, CancellationToken ct) where T : class, IRunEvent => herald.TellAsync(row, happened, detail, ct);

    void Note(ConvoyRow row, string what, IEnumerable<string> items, string actor)
    {
        foreach (var id in items) herald.Note(row.ConvoyId, what, id, actor, null);
    }

    RunEvent Header(string type, ConvoyRow row, string actor)
    {
        var now = clock.Now();
        return new RunEvent(Ids.Ordered(now), type, actor, now, ConvoyId: row.ConvoyId);
    }
}
