namespace ClaudeManage.Convoy.Domain;

/// <summary>Longest chains of what is left of a convoy. Only its open items weigh; what lies outside takes no time here.</summary>
static class Chains
{
    /// <summary>The longest chain, first to begin first.</summary>
    public static IReadOnlyList<string> Critical(WorkGraph graph, Func<PlanItem, double> weight)
    {
        var best = new Dictionary<string, (double Length, string? Before)>();
        foreach (var id in graph.Order)
        {
            var before = graph.WaitsFor(id).OrderByDescending(t => best[t].Length).ThenBy(t => t, StringComparer.Ordinal).FirstOrDefault();
            best[id] = (Weight(graph, id, weight) + (before is null ? 0 : best[before].Length), before);
        }
        var path = new List<string>();
        var last = best.Where(b => graph.Members.Contains(b.Key) && !graph[b.Key].IsOver).OrderByDescending(b => b.Value.Length).ThenBy(b => b.Key, StringComparer.Ordinal).Select(b => b.Key).FirstOrDefault();
        for (var step = last; step is not null; step = best[step].Before) if (graph.Members.Contains(step)) path.Insert(0, step);
        return path;
    }

    /// <summary>For every item the weight of the longest chain that begins with it: what waits longest for it being done.</summary>
    public static IReadOnlyDictionary<string, double> Behind(WorkGraph graph, Func<PlanItem, double> weight)
    {
        var behind = new Dictionary<string, double>();
        foreach (var id in graph.Order.Reverse())
            behind[id] = Weight(graph, id, weight) + graph.Dependants[id].Select(d => behind.GetValueOrDefault(d)).DefaultIfEmpty(0).Max();
        return behind;
    }

    static double Weight(WorkGraph graph, string id, Func<PlanItem, double> weight) => graph.Members.Contains(id) && !graph[id].IsOver ? weight(graph[id]) : 0;
}
