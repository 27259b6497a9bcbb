using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Work.Features.Trail;

/// <summary>
/// <c>POST /runtime/replay</c>: folds the trail (the highest version of each item wins) beside the live table, counts blockers
/// afresh by the plain rules, and reports every difference. Nothing is changed. Items are compared in order of their ids, so
/// memory does not grow with the town.
/// </summary>
static class ReplayTrail
{
    const int PageSize = 500, MaxDifferences = 1_000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/runtime/replay", HandleAsync).WithSummary("Fold the trail and compare it with the live state");

    static async Task<Ok<ReplayResult>> HandleAsync(
        Caller caller, WorkDbContext db, Ledger ledger, TrailSignal signal, IOptions<WorkOptions> options, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireTownOperator("Replaying the trail");
        var until = clock.Now() + TimeSpan.FromSeconds(options.Value.ReplayWaitSeconds);
        while (true)
        {
            var mark = signal.Wakeup.Next;
            var result = await CompareAsync(db, ledger, clock.Now(), ct);
            // Events of the last moments are on their way to the trail; what is still different when they are in is a finding.
            if (result.Differences.Count == 0 || until <= clock.Now() || !await Wakeup.WaitAsync(mark, until - clock.Now(), clock, ct)) return TypedResults.Ok(result);
            db.ChangeTracker.Clear();
        }
    }

    static async Task<ReplayResult> CompareAsync(WorkDbContext db, Ledger ledger, DateTimeOffset now, CancellationToken ct)
    {
        var differences = new List<ReplayDifference>();
        var (items, last) = (0L, "");
        while (true)
        {
            var live = await db.Items.AsNoTracking().Where(i => string.Compare(i.Id, last) > 0).OrderBy(i => i.Id).Take(PageSize).ToListAsync(ct);
            var end = live.Count < PageSize ? null : live[^1].Id;
            var snapshots = (await ledger.SnapshotsAsync(live, ct)).ToDictionary(s => s.Id);
            var folded = await FoldAsync(db, last, end, ct);
            foreach (var id in snapshots.Keys.Union(folded.Keys).Order(StringComparer.Ordinal))
                if (Compare(id, snapshots.GetValueOrDefault(id), folded.GetValueOrDefault(id)) is { } difference) differences.Add(difference);
            differences.AddRange(await MiscountedAsync(db, live, now, ct));
            items += live.Count;
            if (end is null || differences.Count > MaxDifferences) break;
            last = end;
        }
        var events = await db.TrailHeads.Select(h => h.Sequence).SingleOrDefaultAsync(ct);
        return new ReplayResult(events, items, [.. differences.Take(MaxDifferences)], differences.Count > MaxDifferences);
    }

    /// <summary>The last word of the trail about each item between two ids.</summary>
    static async Task<Dictionary<string, WorkItemSnapshot>> FoldAsync(WorkDbContext db, string after, string? upTo, CancellationToken ct)
    {
        var rows = db.Trail.AsNoTracking().Where(r => r.ItemVersion != null && string.Compare(r.WorkItemId, after) > 0);
        if (upTo is not null) rows = rows.Where(r => string.Compare(r.WorkItemId, upTo) <= 0);
        var payloads = await rows.Where(r => !db.Trail.Any(n => n.WorkItemId == r.WorkItemId && n.ItemVersion > r.ItemVersion)).OrderBy(r => r.Sequence).Select(r => r.Payload).ToListAsync(ct);
        var folded = new Dictionary<string, WorkItemSnapshot>();
        foreach (var payload in payloads)
        {
            var item = JsonElement.Parse(payload).GetProperty("item").Deserialize<WorkItemSnapshot>(JsonSettings.Web)!;
            folded[item.Id] = item;
        }
        return folded;
    }

    static ReplayDifference? Compare(string id, WorkItemSnapshot? live, WorkItemSnapshot? folded)
    {
        if (live is null) return new ReplayDifference(id, "missing", $"The trail knows it at version {folded!.Version}; the live table does not.");
        if (folded is null) return new ReplayDifference(id, "extra", "The live table has it; the trail does not.");
        var (a, b) = (JsonSerializer.SerializeToElement(live, JsonSettings.Web), JsonSerializer.SerializeToElement(folded, JsonSettings.Web));
        var fields = a.EnumerateObject().Where(f => !JsonElement.DeepEquals(f.Value, b.GetProperty(f.Name))).Select(f => f.Name).ToList();
        return fields.Count == 0 ? null : new ReplayDifference(id, "differs", $"Live and trail are not the same in {string.Join(", ", fields)}.");
    }

    /// <summary>Counts blockers the slow way and applies the rules, to see whether the maintained counts are right.</summary>
    static async Task<IEnumerable<ReplayDifference>> MiscountedAsync(WorkDbContext db, List<WorkItemRow> live, DateTimeOffset now, CancellationToken ct)
    {
        var ids = live.Select(i => i.Id).ToList();
        var counts = (await db.Edges.Where(e => ids.Contains(e.ItemId) && e.Type == DependencyType.Blocks)
            .Where(e => db.Items.Any(t => t.Id == e.TargetId && t.State != WorkItemState.Closed && t.DeletedAt == null))
            .GroupBy(e => e.ItemId).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(ct)).ToDictionary(c => c.Key, c => c.Count);
        var parentIds = live.Select(i => i.ParentId).OfType<string>().Distinct().ToList();
        var parents = await db.Items.AsNoTracking().Where(i => parentIds.Contains(i.Id)).ToDictionaryAsync(i => i.Id, ct);
        return live.Where(i =>
        {
            var parent = i.ParentId is null ? null : parents.GetValueOrDefault(i.ParentId);
            var right = i.Facts with { OpenBlockers = counts.GetValueOrDefault(i.Id), ParentBlocked = parent?.BlocksChildren ?? false, ParentDeferred = parent?.HidesChildren ?? false };
            return right != i.Facts || Readiness.Of(right, now) != new Readiness(i.Ready, i.Blocking, i.BlocksChildren, i.HidesChildren);
        }).Select(i => new ReplayDifference(i.Id, "readiness", "Its maintained counts are not what its dependencies say."));
    }
}
