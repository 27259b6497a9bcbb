using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Telemetry;

/// <summary>One trace runs from the request that created an item to the commit that landed it: the same assertion for every way of deployment.</summary>
public static class ItemTrace
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Source and name of every span on the way of an item that an agent does and the merge queue lands.</summary>
    public static readonly IReadOnlyList<(string Scope, string Name)> Landed =
    [
        ("ClaudeManage.Work", "create"), ("ClaudeManage.Hook", "sling"), ("ClaudeManage.Hook", "dispatch"), ("ClaudeManage.Supervisor", "spawn"), ("ClaudeManage.Hook", "claim"),
        ("ClaudeManage.Supervisor", "report"), ("ClaudeManage.Hook", "done"), ("ClaudeManage.Refinery", "build"), ("ClaudeManage.Refinery", "gate"), ("ClaudeManage.Refinery", "merge"),
    ];

    /// <summary>
    /// Waits until the steps are there and returns the whole trace: each step is there, all have one trace id, it has one root, and every parent is known.
    /// </summary>
    /// <param name="steps">What must be in it; <see cref="Landed"/>, or fewer.</param>
    /// <param name="last">A part of the name of the last span, after which nothing is awaited, e.g. the consumer that closes the item.</param>
    public static async Task<IReadOnlyList<CollectedSpan>> WholeAsync(OtlpCollector collector, string workItem, IReadOnlyList<(string Scope, string Name)> steps, string? last, CancellationToken ct)
    {
        return await Eventually.ResultAsync(() => Task.FromResult(Find(collector, workItem, steps, last)), Patience, $"the whole trace of {workItem}", ct);
    }

    /// <summary>What keeps spans from being one tree.</summary>
    public static IReadOnlyList<string> Faults(IReadOnlyList<CollectedSpan> trace)
    {
        var known = trace.Select(s => s.Id).ToHashSet();
        var roots = trace.Where(s => s.ParentId is null).ToList();
        var faults = trace.Where(s => s.ParentId is { } parent && !known.Contains(parent)).Select(s => $"{s.Scope} {s.Name} has an unknown parent").ToList();
        if (roots.Count != 1) faults.Add($"{roots.Count} roots: {string.Join(", ", roots.Select(r => r.Name))}");
        if (trace.Select(s => s.TraceId).Distinct().Count() != 1) faults.Add("more than one trace");
        return faults;
    }

    // What is there is told by the exception, which a test that fails shows.
    static IReadOnlyList<CollectedSpan>? Find(OtlpCollector collector, string workItem, IReadOnlyList<(string Scope, string Name)> steps, string? last)
    {
        var all = collector.Spans;
        // A step that is in another trace is one that is missing here.
        var first = all.FirstOrDefault(s => s.WorkItem == workItem && (s.Scope, s.Name) == steps[0]);
        var trace = all.Where(s => s.TraceId == first?.TraceId).ToList();
        var missing = steps.Where(step => !trace.Any(s => s.WorkItem == workItem && (s.Scope, s.Name) == step)).Select(step => $"{step.Scope} {step.Name} is missing").ToList();
        if (last is not null && !trace.Any(s => s.Name.Contains(last, StringComparison.Ordinal))) missing.Add($"{last} is missing");
        var wrong = missing.Concat(Faults(trace)).ToList();
        return wrong.Count == 0 ? trace : throw new InvalidOperationException($"{string.Join('\n', wrong)}\n{Draw(all, workItem)}");
    }

    static string Draw(IReadOnlyList<CollectedSpan> all, string workItem)
    {
        var traces = all.Where(s => s.WorkItem == workItem && s.Scope.StartsWith("ClaudeManage.", StringComparison.Ordinal)).Select(s => s.TraceId).ToHashSet();
        return string.Join("\n\n", all.Where(s => traces.Contains(s.TraceId)).GroupBy(s => s.TraceId).Select(g => Draw([.. g])));
    }

    /// <summary>The tree in text, for the message of a failed test.</summary>
    public static string Draw(IReadOnlyList<CollectedSpan> trace)
    {
        var children = trace.ToLookup(s => s.ParentId ?? "");
        var known = trace.Select(s => s.Id).ToHashSet();
        var lines = new List<string>();
        void Add(CollectedSpan span, int depth)
        {
            lines.Add($"{new string(' ', depth * 2)}{span.Service} {span.Scope} {span.Name} {span.WorkItem}");
            foreach (var child in children[span.Id]) Add(child, depth + 1);
        }
        foreach (var top in trace.Where(s => s.ParentId is null || !known.Contains(s.ParentId))) Add(top, top.ParentId is null ? 0 : 1);
        return string.Join('\n', lines);
    }
}
