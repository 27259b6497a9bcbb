using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Reading;

/// <summary>What a plan is made from.</summary>
sealed record Look(WorkGraph Graph, IReadOnlyDictionary<string, PlanRig> Rigs, History History);

/// <summary>Reads what a plan needs: the items, all they wait for, the rigs, and how long items took before.</summary>
sealed class PlanReader(ConvoyDbContext db, TimeProvider clock)
{
    /// <summary>Items one plan looks at; what lies further away is left out and does not block.</summary>
    public const int MaxItems = 20_000;

    const int Batch = 500;
    const int Samples = 200;

    /// <summary>The plan of a convoy as of now.</summary>
    public async Task<ConvoyPlan> PlanAsync(ConvoyRow row, CancellationToken ct) => Plan(row, await LookAsync(row.ConvoyId, ct));

    /// <summary>The plan of what was seen.</summary>
    public ConvoyPlan Plan(ConvoyRow row, Look look) =>
        Planning.Of(row.ConvoyId, look.Graph, look.Rigs, look.History, new PlanTerms(row.MaxParallel, row.Auto, row.Deadline, clock.Now(), row.Atomic));

    /// <summary>What a plan is made from.</summary>
    public async Task<Look> LookAsync(string convoyId, CancellationToken ct)
    {
        var members = await db.Items.AsNoTracking().Where(i => i.ConvoyId == convoyId).Select(i => i.WorkItemId).ToListAsync(ct);
        var graph = new WorkGraph(await ItemsAsync(members, ct), members);
        var ids = graph.Members.Select(m => graph[m].RigId).OfType<string>().Distinct().ToList();
        var rigs = await db.Rigs.AsNoTracking().Select(r => new PlanRig(r.Id, r.State, r.MaxWorkers)).ToDictionaryAsync(r => r.Id, ct);
        return new Look(graph, rigs, await HistoryAsync(ids, ct));
    }

    /// <summary>The leaf children of an item, at whatever depth; what is in the trash is left out.</summary>
    public async Task<IReadOnlyList<string>> LeavesAsync(string root, CancellationToken ct)
    {
        var (leaves, level, seen) = (new List<string>(), new List<string> { root }, new HashSet<string> { root });
        while (level.Count > 0 && seen.Count < MaxItems)
        {
            var children = new List<(string Id, string Parent, bool Epic)>();
            foreach (var chunk in level.Chunk(Batch))
                children.AddRange((await db.Copies.AsNoTracking().Where(c => c.ParentId != null && chunk.Contains(c.ParentId) && !c.Trashed).OrderBy(c => c.Id)
                    .Select(c => new { c.Id, c.ParentId, c.Type }).ToListAsync(ct)).Select(c => (c.Id, c.ParentId!, c.Type == WorkItemType.Epic)));
            var parents = children.Select(c => c.Parent).ToHashSet();
            leaves.RemoveAll(parents.Contains);
            children.RemoveAll(c => !seen.Add(c.Id));
            leaves.AddRange(children.Where(c => !c.Epic).Select(c => c.Id));
            level = [.. children.Select(c => c.Id)];
        }
        return leaves;
    }

    /// <summary>How many items of a molecule are not known yet; null when it is not known how many it has.</summary>
    public async Task<int?> MissingStepsAsync(string root, CancellationToken ct)
    {
        if (await db.Molecules.AsNoTracking().SingleOrDefaultAsync(m => m.RootItemId == root, ct) is not { } molecule) return null;
        var known = 0;
        foreach (var chunk in Enumerable.Range(1, molecule.Items).Select(n => Ids.Child(root, n)).Chunk(Batch)) known += await db.Copies.CountAsync(c => chunk.Contains(c.Id), ct);
        return molecule.Items - known;
    }

    /// <summary>Open items that match.</summary>
    public async Task<IReadOnlyList<string>> MatchAsync(ConvoyQuery query, int max, CancellationToken ct)
    {
        var found = db.Copies.AsNoTracking().Where(c => c.State != WorkItemState.Closed && !c.Trashed && c.Type != WorkItemType.Epic);
        if (query.Rig is { } rig) found = found.Where(c => c.RigId == rig);
        if (query.Type is { } type) found = found.Where(c => c.Type == type);
        if (query.MaxPriority is { } priority) found = found.Where(c => c.Priority <= priority);
        if (query.Label is { } label)
        {
            var needle = $"\n{label}\n";
            found = found.Where(c => c.Labels != null && c.Labels.Contains(needle));
        }
        if (query.Parent is { } parent)
        {
            var leaves = await LeavesAsync(parent, ct);
            found = found.Where(c => leaves.Contains(c.Id));
        }
        return await found.OrderBy(c => c.Id).Select(c => c.Id).Take(max + 1).ToListAsync(ct);
    }

    async Task<List<PlanItem>> ItemsAsync(IReadOnlyCollection<string> members, CancellationToken ct)
    {
        var (known, asked) = (new List<PlanItem>(), new HashSet<string>(members));
        var own = asked.ToHashSet();
        var wanted = asked.ToList();
        while (wanted.Count > 0 && asked.Count < MaxItems)
        {
            var rows = new List<ItemCopy>();
            foreach (var chunk in wanted.Chunk(Batch)) rows.AddRange(await db.Copies.AsNoTracking().Where(c => chunk.Contains(c.Id)).ToListAsync(ct));
            known.AddRange(rows.Select(Item));
            known.AddRange(wanted.Except(rows.Select(r => r.Id)).Where(own.Contains).Select(id => new PlanItem(id, null, null, false, false, null, [])));
            var next = rows.Where(r => !r.IsOver).SelectMany(r => Blockers(r).Append(r.ParentId)).OfType<string>().ToList();
            var epics = rows.Where(r => !r.IsOver && r.Type == WorkItemType.Epic).Select(r => r.Id).ToList();
            foreach (var chunk in epics.Chunk(Batch))
                next.AddRange(await db.Copies.AsNoTracking().Where(c => c.ParentId != null && chunk.Contains(c.ParentId) && c.State != WorkItemState.Closed && !c.Trashed).Select(c => c.Id).ToListAsync(ct));
            wanted = [.. next.Where(asked.Add)];
        }
        return known;
    }

    static PlanItem Item(ItemCopy c) => new(c.Id, c.RigId, c.State, c.Type == WorkItemType.Epic, c.Trashed, c.ParentId, [.. Blockers(c)],
        c.State == WorkItemState.InProgress ? c.StartedAt : null);

    static IEnumerable<string> Blockers(ItemCopy c) => c.Dependencies.Where(d => d is { Type: DependencyType.Blocks, Dangling: false }).Select(d => d.TargetId);

    async Task<History> HistoryAsync(IReadOnlyCollection<string> rigs, CancellationToken ct)
    {
        var taken = new Dictionary<string, IReadOnlyList<double>>();
        foreach (var rig in rigs)
        {
            var rows = await db.Copies.AsNoTracking().Where(c => c.RigId == rig && c.ClosedAt != null && c.StartedAt != null
                    && (c.Outcome == OutcomeKind.Merged || c.Outcome == OutcomeKind.Completed || c.Outcome == OutcomeKind.NoChange))
                .OrderByDescending(c => c.ClosedAt).Take(Samples).Select(c => new { c.StartedAt, c.ClosedAt }).ToListAsync(ct);
            taken[rig] = [.. rows.Select(r => Math.Max(0, (r.ClosedAt!.Value - r.StartedAt!.Value).TotalSeconds))];
        }
        return new History(taken);
    }
}
