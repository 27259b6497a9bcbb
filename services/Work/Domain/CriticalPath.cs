namespace ClaudeManage.Work.Domain;

/// <summary>The longest chain of unfinished work that ends with an item.</summary>
static class CriticalPath
{
    /// <summary>
    /// First to begin first, the item itself last. An item weighs its estimate in minutes, or one hour without an estimate.
    /// </summary>
    /// <param name="waitsFor">What an item waits for and is not over.</param>
    public static IReadOnlyList<string> To(string item, ILookup<string, string> waitsFor, IReadOnlyDictionary<string, int?> estimates)
    {
        var best = new Dictionary<string, (int Weight, string? Before)>();
        var stack = new Stack<(string Item, bool Expanded)>([(item, false)]);
        var open = new HashSet<string>();
        while (stack.TryPop(out var at))
        {
            if (best.ContainsKey(at.Item)) continue;
            if (!at.Expanded && open.Add(at.Item))
            {
                stack.Push((at.Item, true));
                foreach (var target in waitsFor[at.Item].Where(t => !best.ContainsKey(t) && !open.Contains(t))) stack.Push((target, false));
                continue;
            }
            var before = waitsFor[at.Item].Where(best.ContainsKey).OrderByDescending(t => best[t].Weight).ThenBy(t => t, StringComparer.Ordinal).FirstOrDefault();
            best[at.Item] = ((estimates.GetValueOrDefault(at.Item) ?? 60) + (before is null ? 0 : best[before].Weight), before);
        }
        var path = new List<string>();
        for (var step = item; step is not null; step = best[step].Before) path.Insert(0, step);
        return path;
    }
}
