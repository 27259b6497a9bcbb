using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>Who waits for whom among cooked steps: a group for its children, and children for what their groups need.</summary>
sealed class CookedGraph
{
    readonly Dictionary<string, IReadOnlyList<string>> _edges = new(StringComparer.Ordinal);
    readonly List<string> _ids;

    public CookedGraph(IReadOnlyList<CookedStep> steps)
    {
        _ids = [.. steps.Select(s => s.Id)];
        var children = steps.Where(s => s.ParentId is not null).ToLookup(s => s.ParentId!, s => s.Id);
        var outer = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            // Parents stand before their children.
            var own = step.ParentId is not null && outer.TryGetValue(step.ParentId, out var above) && above.Count > 0 ? [.. step.Needs, .. above] : step.Needs;
            if (children.Contains(step.Id))
            {
                outer[step.Id] = own;
                _edges[step.Id] = [.. own, .. children[step.Id]];
            }
            else
            {
                _edges[step.Id] = own;
            }
        }
    }

    /// <summary>What a step waits for.</summary>
    public IEnumerable<string> Needs(string step) => _edges.TryGetValue(step, out var needs) ? needs : [];

    public IReadOnlyList<string>? Cycle() => StepGraph.Cycle(_ids, Needs);

    public IReadOnlyList<IReadOnlyList<string>> Waves() => StepGraph.Waves(_ids, Needs);

    public IReadOnlyList<string> CriticalPath() => StepGraph.CriticalPath(_ids, Needs);

    /// <summary>Everything a step comes after.</summary>
    public HashSet<string> Before(string step)
    {
        var (seen, stack) = (new HashSet<string>(StringComparer.Ordinal), new Stack<string>(Needs(step)));
        while (stack.TryPop(out var at))
            if (seen.Add(at)) foreach (var need in Needs(at)) stack.Push(need);
        return seen;
    }
}
