using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary><c>extends</c>: a step of the same id replaces the parent's in its place; nothing else of a parent is dropped.</summary>
static class Inheritance
{
    const int MaxDepth = 20;

    /// <summary>The formula with everything it inherits; null, with an error, when that cannot be found or goes in a circle.</summary>
    public static Formula? Resolve(Formula formula, Kitchen kitchen) => Resolve(formula, kitchen, [formula.Name]);

    static Formula? Resolve(Formula formula, Kitchen kitchen, List<string> path)
    {
        if (formula.Extends.Count == 0) return formula;
        Formula? merged = null;
        foreach (var (name, i) in formula.Extends.Select((n, i) => (n, i)))
        {
            var place = $"extends[{i}]";
            if (path.Contains(name) || path.Count > MaxDepth)
            {
                kitchen.Problems.Error(place, $"circular extends: {string.Join(" -> ", path.Append(name))}");
                return null;
            }
            if (kitchen.Find(name) is not { } parent)
            {
                kitchen.Problems.Error(place, $"there is no formula \"{name}\"");
                return null;
            }
            if (Resolve(parent, kitchen, [.. path, name]) is not { } whole) return null;
            merged = merged is null ? whole : Merge(merged, whole);
        }
        return Merge(merged!, formula) with { Name = formula.Name, Version = formula.Version, Extends = formula.Extends };
    }

    static Formula Merge(Formula parent, Formula child) => child with
    {
        Description = child.Description ?? parent.Description,
        Type = child.Type == FormulaType.Workflow && child.Steps.Count == 0 ? parent.Type : child.Type,
        Vars = Vars(parent, child),
        Steps = Steps(parent.Steps, child.Steps),
        Template = Steps(parent.Template, child.Template),
        Compose = new Compose
        {
            Expand = [.. parent.Compose.Expand, .. child.Compose.Expand],
            Map = [.. parent.Compose.Map, .. child.Compose.Map],
            Branch = [.. parent.Compose.Branch, .. child.Compose.Branch],
            Gate = [.. parent.Compose.Gate, .. child.Compose.Gate],
            Aspects = [.. parent.Compose.Aspects.Concat(child.Compose.Aspects).Distinct()],
            Hooks = [.. parent.Compose.Hooks, .. child.Compose.Hooks],
            BondPoints = [.. parent.Compose.BondPoints.Where(p => child.Compose.BondPoints.All(c => c.Point.Id != p.Point.Id)), .. child.Compose.BondPoints],
        },
        Advice = [.. parent.Advice, .. child.Advice],
        Pointcuts = [.. parent.Pointcuts, .. child.Pointcuts],
        Prompts = parent.Prompts.Concat(child.Prompts).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value),
        Legs = [.. parent.Legs.Select(p => child.Legs.FirstOrDefault(c => c.Id == p.Id) ?? p), .. child.Legs.Where(c => parent.Legs.All(p => p.Id != c.Id))],
        Synthesis = child.Synthesis ?? parent.Synthesis,
        Output = child.Output ?? parent.Output,
        AspectIds = [.. parent.AspectIds.Concat(child.AspectIds).Distinct()],
        Phase = child.Phase ?? parent.Phase,
        Pour = child.Pour || parent.Pour,
        Agent = child.Agent ?? parent.Agent,
        ReviewOnly = child.ReviewOnly || parent.ReviewOnly,
    };

    static SortedDictionary<string, Contracts.Workflow.VariableDefinition> Vars(Formula parent, Formula child)
    {
        var all = new SortedDictionary<string, Contracts.Workflow.VariableDefinition>(StringComparer.Ordinal);
        foreach (var (name, value) in parent.Vars.Concat(child.Vars)) all[name] = value;
        return all;
    }

    static IReadOnlyList<Step> Steps(IReadOnlyList<Step> parent, IReadOnlyList<Step> child)
    {
        if (parent.Count == 0) return child;
        var own = new Dictionary<string, Step>();
        foreach (var step in child) own.TryAdd(step.Id, step);
        var replaced = new HashSet<string>();
        var merged = Rewriting.Replace(parent, p => own.TryGetValue(p.Id, out var mine) && replaced.Add(p.Id) ? [mine] : null);
        return [.. merged, .. child.Where(c => !replaced.Contains(c.Id))];
    }
}
