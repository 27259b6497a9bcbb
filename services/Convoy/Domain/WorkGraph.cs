using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Convoy.Domain;

/// <summary>What a plan knows of an item, inside the convoy or not. Its state is null when only its name is known.</summary>
/// <param name="Container">An epic: nobody works on it, and it closes after its children.</param>
/// <param name="Blockers">Its <c>blocks</c> targets that Work knows.</param>
/// <param name="StartedAt">Set while somebody works on it: since when.</param>
sealed record PlanItem(
    string Id, string? RigId, WorkItemState? State, bool Container, bool Trashed, string? ParentId, IReadOnlyList<string> Blockers, DateTimeOffset? StartedAt = null)
{
    /// <summary>Nobody waits for it any more.</summary>
    public bool IsOver => Trashed || State is WorkItemState.Closed;
}

/// <summary>
/// A convoy's items and everything they wait for, however far away. An edge leads from an item to what must be over first: its own blockers,
/// those of every open ancestor, and of an epic its open children.
/// </summary>
sealed class WorkGraph
{
    readonly Dictionary<string, PlanItem> _items;
    readonly Dictionary<string, HashSet<string>> _waits = [];

    /// <param name="items">The members, their ancestors, and what they wait for; whatever is missing does not block.</param>
    public WorkGraph(IEnumerable<PlanItem> items, IEnumerable<string> members)
    {
        _items = items.ToDictionary(i => i.Id);
        Members = members.Where(_items.ContainsKey).ToHashSet();
        var children = _items.Values.Where(i => i is { IsOver: false, ParentId: not null }).ToLookup(i => i.ParentId!, i => i.Id);
        foreach (var item in _items.Values) _waits[item.Id] = item.IsOver ? [] : Waits(item, children);
        (Order, Circular) = Sort();
    }

    /// <summary>The convoy's own.</summary>
    public IReadOnlySet<string> Members { get; }

    /// <summary>Every item that can be reached in order, after all it waits for.</summary>
    public IReadOnlyList<string> Order { get; }

    /// <summary>Items on a circle and those behind one.</summary>
    public IReadOnlySet<string> Circular { get; }

    public PlanItem this[string id] => _items[id];

    /// <summary>What it waits for and is not over.</summary>
    public IReadOnlySet<string> WaitsFor(string id) => _waits[id];

    /// <summary>The convoy's items that are not over.</summary>
    public IEnumerable<PlanItem> Open => Members.Select(m => _items[m]).Where(i => !i.IsOver);

    /// <summary>Who waits for whom, the other way round.</summary>
    public ILookup<string, string> Dependants => field ??= _waits.SelectMany(w => w.Value.Select(t => (Target: t, Item: w.Key))).ToLookup(e => e.Target, e => e.Item);

    HashSet<string> Waits(PlanItem item, ILookup<string, string> children)
    {
        var waits = new HashSet<string>(Blockers(item).Where(b => !_items[b].IsOver));
        if (item.Container) waits.UnionWith(children[item.Id]);
        return waits;
    }

    /// <summary>Its blockers and those that it inherits, over or not.</summary>
    IEnumerable<string> Blockers(PlanItem item)
    {
        var seen = new HashSet<string>();
        for (var at = item; at is not null && seen.Add(at.Id); at = at.ParentId is { } up && _items.TryGetValue(up, out var parent) && !parent.IsOver ? parent : null)
        {
            foreach (var blocker in at.Blockers.Where(_items.ContainsKey)) yield return blocker;
        }
    }

    /// <summary>Layers of the members: each stands one after the last of those it waits for, what lies outside counting for nothing. Closed ones keep their place.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Waves()
    {
        var depth = new Dictionary<string, int>();
        // Closed members first: they wait for closed members only, so that no circle can come of them.
        foreach (var id in Order.Where(i => _items[i].IsOver)) Settle(id);
        foreach (var id in Order.Where(i => !_items[i].IsOver))
            depth[id] = Blockers(_items[id]).Where(b => _items[b].IsOver).Concat(_waits[id]).Select(Through).DefaultIfEmpty(0).Max();
        return [.. depth.Where(d => Members.Contains(d.Key) && !_items[d.Key].Trashed).GroupBy(d => d.Value).OrderBy(g => g.Key)
            .Select(IReadOnlyList<string> (g) => [.. g.Select(d => d.Key).Order(StringComparer.Ordinal)])];

        int Through(string id) => depth.GetValueOrDefault(id) + (Members.Contains(id) ? 1 : 0);

        void Settle(string id)
        {
            var stack = new Stack<(string Id, bool Back)>([(id, false)]);
            var open = new HashSet<string>();
            while (stack.TryPop(out var at))
            {
                if (depth.ContainsKey(at.Id)) continue;
                var before = _items[at.Id].Blockers.Where(b => _items.TryGetValue(b, out var i) && i.IsOver).ToList();
                if (at.Back || !open.Add(at.Id))
                {
                    depth[at.Id] = before.Select(Through).DefaultIfEmpty(0).Max();
                    continue;
                }
                stack.Push((at.Id, true));
                foreach (var next in before.Where(b => !open.Contains(b))) stack.Push((next, false));
            }
        }
    }

    /// <summary>Circles that share no item, each a path that ends where it began.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Circles()
    {
        var left = new HashSet<string>(Circular);
        var circles = new List<IReadOnlyList<string>>();
        while (left.Count > 0)
        {
            // Whoever waits for nobody that is left is only behind a circle found before.
            for (var free = left.Where(i => !_waits[i].Overlaps(left)).ToList(); free.Count > 0; free = [.. left.Where(i => !_waits[i].Overlaps(left))]) left.ExceptWith(free);
            if (left.Count == 0) break;
            var path = new List<string> { left.Order(StringComparer.Ordinal).First() };
            int begin;
            while (true)
            {
                var next = _waits[path[^1]].Where(left.Contains).Order(StringComparer.Ordinal).First();
                begin = path.IndexOf(next);
                path.Add(next);
                if (begin >= 0) break;
            }
            circles.Add(path[begin..]);
            left.ExceptWith(path);
        }
        return circles;
    }

    (IReadOnlyList<string> Order, IReadOnlySet<string> Circular) Sort()
    {
        var left = _waits.ToDictionary(w => w.Key, w => w.Value.Count);
        var order = new List<string>();
        var free = new Queue<string>(left.Where(l => l.Value == 0).Select(l => l.Key).Order(StringComparer.Ordinal));
        while (free.TryDequeue(out var id))
        {
            order.Add(id);
            foreach (var waiter in Dependants[id]) if (--left[waiter] == 0) free.Enqueue(waiter);
        }
        return (order, left.Where(l => l.Value > 0).Select(l => l.Key).ToHashSet());
    }
}
