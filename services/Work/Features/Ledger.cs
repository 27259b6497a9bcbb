using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Consumers;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features;

/// <summary>Makes an event of an item's state.</summary>
delegate object Fact(RunEvent header, WorkItemSnapshot item);

/// <summary>
/// The only way an item changes: the change, its event, and the readiness of everything it touches, in one transaction.
/// Use it inside <c>TransactAsync</c>.
/// </summary>
sealed class Ledger(WorkDbContext db, IOutbox<WorkDbContext> outbox, ReadySet ready, TimeProvider clock)
{
    /// <summary>Takes the place of everybody who changes who waits for whom, so that no count is missed.</summary>
    public Task LockGraphAsync(CancellationToken ct) => db.LockAsync("work-graph", ct);

    /// <summary>The item, or 404. One in the trash is found only when asked for.</summary>
    public async Task<WorkItemRow> GetAsync(string id, CancellationToken ct, bool trashed = false)
    {
        var item = await db.Items.SingleOrDefaultAsync(i => i.Id == id, ct);
        if (item is null || (item.DeletedAt is not null && !trashed))
            throw (item is null ? Refusal.NotFound("work item", id)
                : new Refusal(404, "trashed", $"The work item '{id}' is in the trash. POST /work-items/{id}/restore takes it back.")).AsException();
        return item;
    }

    /// <summary>Takes a step of the table; refuses (409) what the table does not know.</summary>
    public static void Step(WorkItemRow item, TransitionCause cause)
    {
        item.State = Transitions.Next(item.State, cause) ?? throw Refusal.Conflict("illegal-transition",
            $"{item.Id} is {Name(item.State)}; {Name(cause)} does not lead on from there. What does: {string.Join(", ", Transitions.From(item.State).Select(c => Name(c)))}.",
            ("state", item.State)).AsException();
    }

    /// <summary>
    /// Records a changed item: readiness is brought up to date, then its event is published, then
    /// <c>work-item.ready</c> for everybody who became ready (and <c>work-item.updated</c> for who no longer is).
    /// </summary>
    public Task RecordAsync(WorkItemRow item, Caller by, string type, Fact fact, CancellationToken ct) =>
        RecordAsync([item], by, type, _ => fact, ct);

    /// <summary>The same for several items at once.</summary>
    public async Task RecordAsync(IReadOnlyCollection<WorkItemRow> items, Caller by, string type, Func<WorkItemRow, Fact> fact, CancellationToken ct)
    {
        var now = clock.Now();
        var flipped = await ready.SettleAsync(items, now, ct);
        var others = flipped.Except(items).ToList();
        foreach (var item in (WorkItemRow[])[.. items, .. others])
        {
            item.Version++;
            item.UpdatedAt = now;
        }
        var edges = await DependenciesAsync([.. items.Select(i => i.Id), .. others.Select(i => i.Id)], ct);
        foreach (var item in items) await PublishAsync(item, by, type, fact(item), edges, now, ct);
        foreach (var item in flipped)
        {
            if (item.Ready) await PublishAsync(item, by, WorkItemReady.Type, (e, s) => new WorkItemReady(e, s), edges, now, ct);
            else if (!items.Contains(item)) await PublishAsync(item, by, WorkItemUpdated.Type, (e, s) => new WorkItemUpdated(e, s), edges, now, ct);
        }
    }

    /// <summary>
    /// Records items that come with a history: their version and times stay as they are, and they are told as created in the state they came in.
    /// </summary>
    /// <param name="coming">Ids that come with the same import: by its end none of them dangles.</param>
    public async Task RecordImportedAsync(IReadOnlyCollection<WorkItemRow> items, IReadOnlyCollection<string> coming, Caller by, CancellationToken ct)
    {
        var now = clock.Now();
        var flipped = await ready.SettleAsync(items, now, ct);
        var others = flipped.Except(items).ToList();
        foreach (var item in others)
        {
            item.Version++;
            item.UpdatedAt = now;
        }
        var edges = (await DependenciesAsync([.. items.Select(i => i.Id), .. others.Select(i => i.Id)], ct)).SelectMany(g => g, (g, d) => (g.Key, d))
            .ToLookup(x => x.Key, x => x.d.Dangling && coming.Contains(x.d.TargetId) ? x.d with { Dangling = false } : x.d);
        foreach (var item in items) await PublishAsync(item, by, WorkItemCreated.Type, (e, s) => new WorkItemCreated(e, s), edges, now, ct);
        foreach (var item in flipped)
        {
            if (item.Ready) await PublishAsync(item, by, WorkItemReady.Type, (e, s) => new WorkItemReady(e, s), edges, now, ct);
            else if (others.Contains(item)) await PublishAsync(item, by, WorkItemUpdated.Type, (e, s) => new WorkItemUpdated(e, s), edges, now, ct);
        }
    }

    /// <summary>Brings the readiness of these up to date and tells only of what became of it: nothing else changed.</summary>
    public async Task RecordFlippedAsync(IReadOnlyCollection<WorkItemRow> items, Caller by, CancellationToken ct)
    {
        var now = clock.Now();
        var flipped = await ready.SettleAsync(items, now, ct);
        foreach (var item in flipped)
        {
            item.Version++;
            item.UpdatedAt = now;
        }
        var edges = await DependenciesAsync([.. flipped.Select(i => i.Id)], ct);
        foreach (var item in flipped)
            await PublishAsync(item, by, item.Ready ? WorkItemReady.Type : WorkItemUpdated.Type, (e, s) => s.Ready ? new WorkItemReady(e, s) : new WorkItemUpdated(e, s), edges, now, ct);
    }

    /// <summary>
    /// Takes an item to the state a neighbour's event implies, through every step of the table that was not heard of. Where it
    /// is there already, its other fields are recorded.
    /// </summary>
    /// <param name="finish">Writes what belongs to the last step; the item is in its new state.</param>
    public async Task WalkAsync(
        WorkItemRow item, WorkItemState to, TransitionCause? ending, bool again, Caller by, string? reason, Action<WorkItemRow> finish, CancellationToken ct)
    {
        var path = Transitions.PathTo(item.State, to, ending, again) ?? throw new InvalidOperationException($"No way from {item.State} to {to}.");
        foreach (var step in path.SkipLast(1))
        {
            item.State = step.To;
            item.Ready = false;     // on its way through
            var (between, told) = Facts.Of(step.To, reason);
            await RecordInBetweenAsync(item, by, between, told, ct);
        }
        if (path.Count > 0) item.State = to;
        finish(item);
        var (type, fact) = path.Count > 0 ? Facts.Of(to, reason) : Facts.Updated;
        await RecordAsync(item, by, type, fact, ct);
    }

    /// <summary>A step in between, on the way of an event that came late: it is told, and decides nothing about readiness.</summary>
    async Task RecordInBetweenAsync(WorkItemRow item, Caller by, string type, Fact fact, CancellationToken ct)
    {
        var now = clock.Now();
        item.Version++;
        item.UpdatedAt = now;
        await PublishAsync(item, by, type, fact, await DependenciesAsync([item.Id], ct), now, ct);
    }

    /// <summary>Makes sure that a deferred item is looked at again when its time has come.</summary>
    public async Task ScheduleAsync(WorkItemRow item, CancellationToken ct)
    {
        if (item.DeferUntil is { } until && until > clock.Now()) await outbox.ScheduleAsync(new DeferralEnded(item.Id, until), until, ct);
    }

    /// <summary>The item as the API and the events show it.</summary>
    public async Task<WorkItemSnapshot> SnapshotAsync(WorkItemRow item, CancellationToken ct) => item.ToSnapshot([.. (await DependenciesAsync([item.Id], ct))[item.Id]]);

    /// <summary>Several at once, in the order given.</summary>
    public async Task<IReadOnlyList<WorkItemSnapshot>> SnapshotsAsync(IReadOnlyList<WorkItemRow> items, CancellationToken ct)
    {
        var edges = await DependenciesAsync([.. items.Select(i => i.Id)], ct);
        return [.. items.Select(i => i.ToSnapshot([.. edges[i.Id]]))];
    }

    async Task<ILookup<string, Dependency>> DependenciesAsync(List<string> ids, CancellationToken ct) =>
        (await db.Edges.Where(e => ids.Contains(e.ItemId)).OrderBy(e => e.CreatedAt).ThenBy(e => e.TargetId)
            .Select(e => new { e.ItemId, e.TargetId, e.Type, Known = db.Items.Any(i => i.Id == e.TargetId) }).ToListAsync(ct))
        .ToLookup(e => e.ItemId, e => new Dependency(e.TargetId, e.Type, !e.Known));

    Task PublishAsync(WorkItemRow item, Caller by, string type, Fact fact, ILookup<string, Dependency> edges, DateTimeOffset now, CancellationToken ct) =>
        outbox.PublishAsync(fact(by.Event(type, now, item.Id, item.RigId, item.ConvoyId), item.ToSnapshot([.. edges[item.Id]])), ct);

    static string Name<T>(T value) where T : struct, Enum => Persistence.SnakeCase.Of(value.ToString()!);
}
