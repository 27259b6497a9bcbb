using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary>Whether an import fits what is here already, before anything is written.</summary>
sealed class ImportSurroundings(WorkDbContext db)
{
    public async Task CheckAsync(ImportPlan plan, CancellationToken ct)
    {
        await CheckRigsAsync(plan, ct);
        await CheckKnownAsync(plan, ct);
        await CheckAncestorsAsync(plan, ct);
        await CheckCirclesAsync(plan, ct);
    }

    async Task CheckRigsAsync(ImportPlan plan, CancellationToken ct)
    {
        var here = await db.Rigs.AsNoTracking().ToListAsync(ct);
        foreach (var (line, rig) in plan.Rigs.Values)
        {
            if (here.FirstOrDefault(r => r.Id == rig.Id) is { } same && same.Prefix != rig.Prefix)
                throw ImportLines.Refused(line, $"The rig {rig.Id} is here with the prefix {same.Prefix}, and prefixes never change. Give the other rig another name");
            if (here.FirstOrDefault(r => r.Prefix == rig.Prefix && r.Id != rig.Id) is { } other)
                throw ImportLines.Refused(line, $"The rig {other.Id} of this town has the prefix {rig.Prefix}");
        }
        foreach (var ((rig, prefix), line) in plan.Prefixes)
        {
            var right = plan.Rigs.TryGetValue(rig, out var coming) ? coming.Rig.Prefix : here.FirstOrDefault(r => r.Id == rig)?.Prefix
                ?? throw ImportLines.Refused(line, $"There is no rig {rig}, neither here nor in the import. POST /rigs adds one");
            if (right != prefix) throw ImportLines.Refused(line, $"Ids of the rig {rig} begin with {right}-, this one with {prefix}-");
        }
    }

    /// <summary>Parents and commented items are in the import or here.</summary>
    async Task CheckKnownAsync(ImportPlan plan, CancellationToken ct)
    {
        var asked = plan.Items.Values.Where(i => i.Parent is not null).Select(i => (Id: i.Parent!, Line: i.Line.Number))
            .Concat(plan.Commented.Select(c => (Id: c.Key, Line: c.Value))).Where(x => !plan.Items.ContainsKey(x.Id)).ToList();
        foreach (var some in asked.Chunk(1_000))
        {
            var ids = some.Select(x => x.Id).ToList();
            var known = await db.Items.Where(i => ids.Contains(i.Id)).Select(i => i.Id).ToHashSetAsync(ct);
            foreach (var (id, line) in some)
                if (!known.Contains(id)) throw ImportLines.Refused(line, $"The item {id}, its parent or the item it comments on, is neither here nor in the import");
        }
    }

    /// <summary>Nobody waits for what is above: that is finished by finishing what is below.</summary>
    async Task CheckAncestorsAsync(ImportPlan plan, CancellationToken ct)
    {
        var elsewhere = new Dictionary<string, string?>();
        foreach (var item in plan.Items.Values.Where(i => i is { Parent: not null, Blockers.Count: > 0 }))
        {
            var line = new HashSet<string>();
            for (var above = item.Parent; above is not null && line.Add(above);)
            {
                if (item.Blockers.Contains(above)) throw ImportLines.Refused(item.Line.Number, $"{above} is above {item.Id} and is finished by finishing what is below it; it cannot be waited for. Make the edge related");
                if (plan.Items.TryGetValue(above, out var mate)) above = mate.Parent;
                else if (elsewhere.TryGetValue(above, out var known)) above = known;
                else above = elsewhere[above] = await db.Items.Where(i => i.Id == above).Select(i => i.ParentId).SingleOrDefaultAsync(ct);
            }
        }
    }

    /// <summary>Items that name one of the new ids before it exists may close a circle with it.</summary>
    async Task CheckCirclesAsync(ImportPlan plan, CancellationToken ct)
    {
        var coming = plan.Items.Keys.ToHashSet();
        foreach (var some in plan.Items.Keys.Chunk(1_000))
        {
            coming.ExceptWith(await db.Items.Where(i => some.Contains(i.Id)).Select(i => i.Id).ToListAsync(ct));
            var expecting = await db.Edges.AsNoTracking().Where(e => some.Contains(e.TargetId) && e.Type == DependencyType.Blocks && !db.Items.Any(i => i.Id == e.TargetId)).ToListAsync(ct);
            foreach (var edge in expecting)
            {
                var path = await CycleSearch.FindAsync(edge.ItemId, edge.TargetId, LeavingAsync, ReachingAsync);
                if (path is not null) throw Dependencies.Cycle(path);
            }
        }

        async Task<IReadOnlyList<WaitsFor>> LeavingAsync(IReadOnlyCollection<string> ids) =>
        [
            .. await Deciding().Where(e => ids.Contains(e.ItemId)).Select(e => new WaitsFor(e.ItemId, e.TargetId)).ToListAsync(ct),
            .. ids.Where(coming.Contains).SelectMany(id => plan.Items[id].Waits),
        ];

        async Task<IReadOnlyList<WaitsFor>> ReachingAsync(IReadOnlyCollection<string> ids) =>
        [
            .. await Deciding().Where(e => ids.Contains(e.TargetId)).Select(e => new WaitsFor(e.ItemId, e.TargetId)).ToListAsync(ct),
            .. plan.Items.Values.Where(i => coming.Contains(i.Id)).SelectMany(i => i.Waits).Where(w => ids.Contains(w.Target)),
        ];

        IQueryable<EdgeRow> Deciding() => db.Edges.AsNoTracking().Where(e => e.Type == DependencyType.Blocks || e.Type == DependencyType.ParentChild);
    }
}
