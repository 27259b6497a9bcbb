namespace ClaudeManage.Work.Domain;

/// <summary>An item and one it waits for: a <c>blocks</c> target or its parent.</summary>
readonly record struct WaitsFor(string Item, string Target);

/// <summary>
/// Whether a new edge would close a circle in which nobody can ever begin. Looks from both ends at once and always goes on
/// where less was seen so far, so an item that nobody waits for costs two looks, however deep the other end goes.
/// </summary>
static class CycleSearch
{
    /// <summary>Reads the edges that leave (or reach) any of these items.</summary>
    public delegate Task<IReadOnlyList<WaitsFor>> Edges(IReadOnlyCollection<string> items);

    /// <summary>The circle that <c>item → target</c> would close, beginning and ending with <paramref name="item"/>; null if none.</summary>
    public static async Task<IReadOnlyList<string>?> FindAsync(string item, string target, Edges leaving, Edges reaching)
    {
        if (item == target) return [item, item];
        var forward = new Dictionary<string, string> { [target] = item };     // reached → came from
        var backward = new Dictionary<string, string> { [item] = item };      // reached → goes on to
        List<string> front = [target], back = [item];
        while (front.Count > 0 && back.Count > 0)
        {
            var meeting = forward.Count <= backward.Count
                ? await WidenAsync(leaving, front, forward, backward, e => (e.Item, e.Target))
                : await WidenAsync(reaching, back, backward, forward, e => (e.Target, e.Item));
            if (meeting is not null) return Path(meeting, item, forward, backward);
        }
        return null;
    }

    /// <summary>A circle among these edges alone; null if none.</summary>
    public static IReadOnlyList<string>? FindAmong(IReadOnlyCollection<WaitsFor> edges)
    {
        var waiting = edges.GroupBy(e => e.Item).ToDictionary(g => g.Key, g => g.Select(e => e.Target).ToHashSet());
        var waiters = edges.ToLookup(e => e.Target, e => e.Item);
        var free = new Queue<string>(edges.Select(e => e.Target).Distinct().Where(t => !waiting.ContainsKey(t)));
        while (free.TryDequeue(out var done))
        {
            foreach (var waiter in waiters[done])
            {
                if (!waiting.TryGetValue(waiter, out var targets) || !targets.Remove(done) || targets.Count > 0) continue;
                waiting.Remove(waiter);
                free.Enqueue(waiter);
            }
        }
        if (waiting.Count == 0) return null;
        var path = new List<string> { waiting.Keys.Order(StringComparer.Ordinal).First() };     // whoever is left waits for somebody who is left
        while (true)
        {
            var next = waiting[path[^1]].Where(waiting.ContainsKey).Order(StringComparer.Ordinal).First();
            if (path.IndexOf(next) is var index and >= 0) return [.. path[index..], next];
            path.Add(next);
        }
    }

    static async Task<string?> WidenAsync(Edges read, List<string> rim, Dictionary<string, string> mine, Dictionary<string, string> theirs, Func<WaitsFor, (string From, string To)> direction)
    {
        var edges = await read(rim);
        rim.Clear();
        foreach (var (from, to) in edges.Select(direction))
        {
            if (!mine.TryAdd(to, from)) continue;
            if (theirs.ContainsKey(to)) return to;
            rim.Add(to);
        }
        return null;
    }

    static List<string> Path(string meeting, string item, Dictionary<string, string> forward, Dictionary<string, string> backward)
    {
        var path = new List<string>();
        var back = meeting;
        do
        {
            path.Insert(0, back);
            back = forward[back];
        }
        while (back != item);
        path.Insert(0, item);
        for (var at = meeting; at != item;)
        {
            at = backward[at];
            path.Add(at);
        }
        return path;
    }
}
