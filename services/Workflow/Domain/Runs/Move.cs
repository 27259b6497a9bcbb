using System.Text.Json;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Runs;

/// <summary>What becomes of a molecule's steps when another protomolecule takes its place.</summary>
/// <param name="Kept">Over, and taken over with their outputs.</param>
/// <param name="Again">Over, but they, or something they come after, have changed: they run again.</param>
/// <param name="Added">Only in the new one.</param>
/// <param name="Removed">Only in the old one.</param>
/// <param name="Changed">In both, and not the same.</param>
sealed record Move(IReadOnlyList<string> Kept, IReadOnlyList<string> Again, IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed)
{
    /// <param name="over">Steps of the old one that need not be done again.</param>
    public static Move Between(IReadOnlyList<CookedStep> old, IReadOnlyList<CookedStep> next, IReadOnlySet<string> over)
    {
        var before = old.ToDictionary(s => s.Id, Text);
        var after = next.ToDictionary(s => s.Id, Text);
        var (graph, kept) = (new CookedGraph(next), new HashSet<string>(StringComparer.Ordinal));
        foreach (var id in StepGraph.Order([.. after.Keys], graph.Needs))
            if (over.Contains(id) && before.TryGetValue(id, out var text) && text == after[id] && graph.Needs(id).All(kept.Contains)) kept.Add(id);
        kept = Whole(kept, next);
        return new Move(
            [.. next.Select(s => s.Id).Where(kept.Contains)],
            [.. next.Select(s => s.Id).Where(id => over.Contains(id) && !kept.Contains(id))],
            [.. next.Select(s => s.Id).Where(id => !before.ContainsKey(id))],
            [.. old.Select(s => s.Id).Where(id => !after.ContainsKey(id))],
            [.. next.Select(s => s.Id).Where(id => before.TryGetValue(id, out var text) && text != after[id])]);
    }

    /// <summary>Of a loop that goes on there is nothing to keep: it is decided by its own iterations.</summary>
    public static HashSet<string> Whole(IReadOnlySet<string> kept, IReadOnlyList<CookedStep> steps)
    {
        var again = steps.Where(s => s.Kind == StepKind.Loop && !kept.Contains(s.Id)).Select(s => s.Id).ToHashSet();
        // Parents stand before their children.
        foreach (var step in steps) if (step.ParentId is { } parent && again.Contains(parent)) again.Add(step.Id);
        return [.. kept.Where(id => !again.Contains(id))];
    }

    static string Text(CookedStep step) => JsonSerializer.Serialize(step, Canonical.Options);
}
