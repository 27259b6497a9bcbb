using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Items;

/// <summary>Makes items, one or many, with their dependencies and children. Use it inside a transaction.</summary>
sealed class ItemFactory(WorkDbContext db, Ledger ledger, Dependencies dependencies, NewIds ids, TimeProvider clock)
{
    /// <summary>All of them or none; in the order asked. <paramref name="at"/> is the pointer prefix of an item's index, or empty.</summary>
    public async Task<IReadOnlyList<WorkItemSnapshot>> CreateAsync(IReadOnlyList<CreateWorkItem> wanted, Func<int, string> at, Caller by, CancellationToken ct)
    {
        if (wanted.Any(w => w.Id is not null || w.ParentId is not null || w.DependsOn is { Count: > 0 })) await ledger.LockGraphAsync(ct);
        var rigs = await RigsAsync(wanted, at, by, ct);
        var parents = await ParentsAsync(wanted, at, ct);
        await RefuseTakenAsync(wanted, at, ct);

        var now = clock.Now();
        var rows = new WorkItemRow[wanted.Count];
        var byKey = new Dictionary<string, WorkItemRow>();
        foreach (var index in ParentsFirst(wanted))
        {
            var item = wanted[index];
            var parent = item.ParentId switch { null => null, ['#', .. var key] => byKey[key], var id => parents[id] };
            var row = rows[index] = Row(item, await ids.NextAsync(rigs[item.RigId!], item.Id, parent, ct), by.Actor, now, index);
            if (item.Key is not null) byKey.Add(item.Key, row);
            if (parent is not null) dependencies.ConnectParent(row, parent, by.Actor, now);
        }
        var waits = await ConnectAsync(wanted, rows, byKey, parents, at, by, now, ct);
        if (CycleSearch.FindAmong(waits) is { } circle) throw Dependencies.Cycle(circle);

        db.Items.AddRange(rows);
        foreach (var row in rows) db.Labels.AddRange(row.Labels.Select(l => new LabelRow { Label = l, ItemId = row.Id }));
        await db.SaveChangesAsync(ct);
        var expecting = await ExpectingAsync(rows, ct);
        await ledger.RecordAsync(rows, by, WorkItemCreated.Type, _ => (e, s) => new WorkItemCreated(e, s), ct);
        if (expecting.Count > 0) await ledger.RecordAsync(expecting, by, Facts.Updated.Type, _ => Facts.Updated.Make, ct);
        foreach (var row in rows) await ledger.ScheduleAsync(row, ct);
        return await ledger.SnapshotsAsync(rows, ct);
    }

    async Task<Dictionary<string, RigRow>> RigsAsync(IReadOnlyList<CreateWorkItem> wanted, Func<int, string> at, Caller by, CancellationToken ct)
    {
        var names = wanted.Select(w => w.RigId!).Distinct().ToList();
        var rigs = await db.Rigs.AsNoTracking().Where(r => names.Contains(r.Id)).ToDictionaryAsync(r => r.Id, ct);
        for (var i = 0; i < wanted.Count; i++)
        {
            var name = wanted[i].RigId!;
            if (!rigs.TryGetValue(name, out var rig))
                throw new Refusal(404, "not-found", $"There is no rig '{name}'. GET /rigs lists them; POST /rigs adds one.", $"{at(i)}/rigId").AsException();
            by.RequireRig(name);
            if (rig.State == RigState.Docked)
                throw Refusal.Conflict("rig-docked", $"The rig {name} is out of operation and takes no new work. POST /rigs/{name}/unpark brings it back.").AsException();
            if (wanted[i].Id is { } id && Ids.PrefixOf(id) != rig.Prefix)
                throw Refusal.Invalid($"{at(i)}/id", $"Ids of the rig {name} begin with {rig.Prefix}-.").AsException();
        }
        return rigs;
    }

    async Task<Dictionary<string, WorkItemRow>> ParentsAsync(IReadOnlyList<CreateWorkItem> wanted, Func<int, string> at, CancellationToken ct)
    {
        var names = wanted.Select(w => w.ParentId).Where(p => p is not null and not ['#', ..]).Distinct().ToList();
        var parents = names.Count == 0 ? [] : await db.Items.Where(i => names.Contains(i.Id) && i.DeletedAt == null).ToDictionaryAsync(i => i.Id, ct);
        for (var i = 0; i < wanted.Count; i++)
        {
            if (wanted[i].ParentId is not { } id || id[0] == '#') continue;
            if (!parents.TryGetValue(id, out var parent)) throw new Refusal(404, "not-found", $"There is no work item '{id}' to be the parent.", $"{at(i)}/parentId").AsException();
            if (parent.State == WorkItemState.Closed)
                throw Refusal.Conflict("parent-closed", $"{id} is closed and takes no more children. POST /work-items/{id}/reopen first, or choose another parent.").AsException();
        }
        return parents;
    }

    async Task RefuseTakenAsync(IReadOnlyList<CreateWorkItem> wanted, Func<int, string> at, CancellationToken ct)
    {
        var names = wanted.Select(w => w.Id).OfType<string>().ToList();
        if (names.Count == 0) return;
        var taken = await db.Items.Where(i => names.Contains(i.Id)).Select(i => i.Id).FirstOrDefaultAsync(ct)
            ?? names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (taken is null) return;
        var index = wanted.Select((w, i) => (w, i)).Last(x => x.w.Id == taken).i;
        throw new Refusal(409, "id-taken", $"There is a work item {taken} already. Leave the id out to get a new one.", $"{at(index)}/id").AsException();
    }

    /// <summary>Writes the <c>blocks</c> edges; answers those of the new items among each other, parents included.</summary>
    async Task<List<WaitsFor>> ConnectAsync(
        IReadOnlyList<CreateWorkItem> wanted, WorkItemRow[] rows, Dictionary<string, WorkItemRow> byKey, Dictionary<string, WorkItemRow> parents,
        Func<int, string> at, Caller by, DateTimeOffset now, CancellationToken ct)
    {
        var own = rows.ToDictionary(r => r.Id);
        var outside = wanted.SelectMany(w => w.DependsOn ?? []).Where(t => t[0] != '#' && !own.ContainsKey(t)).Distinct().ToList();
        var blocking = outside.Count == 0 ? [] : await db.Items.Where(i => outside.Contains(i.Id) && i.Blocking).Select(i => i.Id).ToHashSetAsync(ct);
        var waits = new List<WaitsFor>();
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (row.ParentId is not null) waits.Add(new(row.Id, row.ParentId));
            foreach (var target in (wanted[i].DependsOn ?? []).Select(t => t[0] == '#' ? byKey[t[1..]].Id : t).Distinct())
            {
                if (target == row.Id) throw Refusal.Invalid($"{at(i)}/dependsOn", "An item cannot depend on itself.").AsException();
                if (await IsAboveAsync(row, target, own, parents, ct))
                    throw Refusal.Invalid($"{at(i)}/dependsOn", $"{target} is above this item and is finished by finishing what is below it; it cannot be waited for.").AsException();
                dependencies.Connect(row, target, DependencyType.Blocks, blocking.Contains(target), by.Actor, now);
                waits.Add(new(row.Id, target));
            }
        }
        return waits;
    }

    async Task<bool> IsAboveAsync(WorkItemRow row, string target, Dictionary<string, WorkItemRow> own, Dictionary<string, WorkItemRow> parents, CancellationToken ct)
    {
        for (var above = row.ParentId; above is not null;)
        {
            if (above == target) return true;
            above = own.TryGetValue(above, out var mate) ? mate.ParentId
                : parents.TryGetValue(above, out var parent) ? parent.ParentId
                : await db.Items.Where(i => i.Id == above).Select(i => i.ParentId).SingleOrDefaultAsync(ct);
        }
        return false;
    }

    /// <summary>Items that named one of the new ids before it existed: they are blocked by it from now on, unless that closes a circle.</summary>
    async Task<List<WorkItemRow>> ExpectingAsync(WorkItemRow[] rows, CancellationToken ct)
    {
        var names = rows.Select(r => r.Id).ToList();
        var edges = await db.Edges.AsNoTracking().Where(e => names.Contains(e.TargetId) && !names.Contains(e.ItemId)).ToListAsync(ct);
        foreach (var edge in edges.Where(e => Dependencies.Decides(e.Type))) await dependencies.RefuseCycleAsync(edge.ItemId, edge.TargetId, ct);
        var waiting = edges.Select(e => e.ItemId).Distinct().ToList();
        return waiting.Count == 0 ? [] : await db.Items.Where(i => waiting.Contains(i.Id)).ToListAsync(ct);
    }

    static IEnumerable<int> ParentsFirst(IReadOnlyList<CreateWorkItem> wanted)
    {
        var known = new HashSet<string>();
        var left = Enumerable.Range(0, wanted.Count).ToList();
        while (left.Count > 0)
        {
            var next = left.Where(i => wanted[i].ParentId is not ['#', .. var key] || known.Contains(key)).ToList();
            if (next.Count == 0) throw Dependencies.Cycle([.. left.Select(i => "#" + (wanted[i].Key ?? wanted[i].Title))]);
            foreach (var i in next)
            {
                if (wanted[i].Key is { } key) known.Add(key);
                yield return i;
            }
            left.RemoveAll(next.Contains);
        }
    }

    static WorkItemRow Row(CreateWorkItem item, string id, string by, DateTimeOffset now, int index)
    {
        var created = now.AddMicroseconds(index);       // a batch keeps its order
        var priority = item.Priority ?? 2;
        return new WorkItemRow
        {
            Id = id,
            RigId = item.RigId!,
            Title = item.Title!.Trim(),
            Description = ItemInput.Text(item.Description),
            Type = item.Type ?? WorkItemType.Task,
            State = WorkItemState.Open,
            Priority = priority,
            Labels = ItemInput.Labels(item.Labels),
            Design = ItemInput.Text(item.Design),
            Acceptance = [.. item.Acceptance ?? []],
            Notes = ItemInput.Text(item.Notes),
            ExternalRef = ItemInput.Text(item.ExternalRef),
            DeferUntil = item.DeferUntil?.ToUniversalTime(),
            DueAt = item.DueAt?.ToUniversalTime(),
            EstimateMinutes = item.EstimateMinutes,
            Ephemeral = item.Ephemeral ?? false,
            CreatedBy = by,
            CreatedAt = created,
            UpdatedAt = created,
            Rank = Ageing.Rank(priority, created),
        };
    }
}
