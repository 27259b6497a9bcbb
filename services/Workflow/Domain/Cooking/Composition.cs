using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>Branches, gates and hooks of <c>[compose]</c>.</summary>
static class Composition
{
    /// <summary>Every step of a branch needs its beginning; its join needs them all.</summary>
    public static IReadOnlyList<Step> Branches(IReadOnlyList<Step> steps, Compose compose, Kitchen kitchen)
    {
        var more = new Dictionary<string, List<string>>();
        foreach (var rule in compose.Branch)
        {
            foreach (var step in rule.Steps.SelectMany(s => Starts(s, kitchen))) Add(step, Ends(rule.From, kitchen));
            foreach (var join in Starts(rule.Join, kitchen)) Add(join, rule.Steps.SelectMany(s => Ends(s, kitchen)));
        }
        return more.Count == 0 ? steps : Each(steps, s => more.TryGetValue(s.Id, out var needs) ? s with { Needs = [.. s.Needs.Concat(needs).Distinct()] } : s);

        void Add(string step, IEnumerable<string> needs)
        {
            if (!more.TryGetValue(step, out var list)) more[step] = list = [];
            list.AddRange(needs);
        }
    }

    /// <summary>A conditional gate before a step.</summary>
    public static IReadOnlyList<Step> Gates(IReadOnlyList<Step> steps, Compose compose, Kitchen kitchen)
    {
        if (compose.Gate.Count == 0) return steps;
        var gates = compose.Gate.SelectMany(g => Starts(g.Before, kitchen).Select(s => (Step: s, g.Condition))).ToLookup(g => g.Step, g => g.Condition);
        return Each(steps, s => gates.Contains(s.Id) ? s with { Gates = [.. s.Gates, .. gates[s.Id].Select(c => new GateSpec("conditional", Condition: c))] } : s);
    }

    /// <summary>Attaches the formulas of hooks at their bond points.</summary>
    public static IReadOnlyList<Step> Hooks(IReadOnlyList<Step> steps, Compose compose, Kitchen kitchen)
    {
        foreach (var hook in compose.Hooks)
        {
            var point = compose.BondPoints.Select(b => b.Point).FirstOrDefault(p => p.Id == hook.At);
            if (point is null || (point.AfterStep ?? point.BeforeStep) is not { } about)
            {
                kitchen.Problems.Warning(hook.Place, "names no bond point with a step; it changes nothing");
                continue;
            }
            if (Condition(hook.Trigger, steps) is not { } condition)
            {
                kitchen.Problems.Warning(hook.Place, $"trigger \"{hook.Trigger}\" is not understood (always, label:x, or a condition such as {{{{var}}}}); it changes nothing");
                continue;
            }
            if (condition == "never" || kitchen.Require(hook.Attach, FormulaType.Workflow, hook.Place) is not { } attached) continue;
            var target = steps.SelectMany(s => s.Tree()).FirstOrDefault(s => s.Id == about) ?? new Step { Id = about };
            var bonded = Loops.Unroll(Loops.Iteration(point.Id, 1, attached.Steps, null, ""), kitchen);
            bonded = [.. bonded.Select(b => Rewriting.Map(b, t => Expressions.Placeholders.Fill(t, hook.Vars.GetValueOrDefault)!, id => id.Replace($"{point.Id}.iter1.", $"{point.Id}.", StringComparison.Ordinal)))];
            if (condition.Length > 0) bonded = [.. bonded.Select(b => b with { Conditions = [condition, .. b.Conditions] })];
            kitchen.Adopt(attached);
            if (!kitchen.Admit(bonded, hook.Place)) return steps;
            steps = Attach(steps, bonded, target, point);
        }
        return steps;
    }

    static IReadOnlyList<Step> Attach(IReadOnlyList<Step> steps, IReadOnlyList<Step> bonded, Step target, BondPoint point)
    {
        var (roots, sinks) = (Rewriting.Roots(bonded).ToHashSet(), Rewriting.Sinks(bonded));
        if (point.AfterStep is not null)
        {
            if (!point.Parallel) steps = Rewriting.Needs(steps, new() { [target.Id] = [target.Id, .. sinks] });
            return [.. steps, .. bonded.Select(b => roots.Contains(b.Id) ? b with { Needs = [.. b.Needs.Append(target.Id).Distinct()] } : b)];
        }
        steps = Each(steps, s => s.Id == target.Id ? s with { Needs = [.. s.Needs.Concat(sinks).Distinct()] } : s);
        return [.. steps, .. bonded.Select(b => roots.Contains(b.Id) ? b with { Needs = [.. b.Needs.Concat(target.Needs).Distinct()] } : b)];
    }

    static string? Condition(string trigger, IReadOnlyList<Step> steps) =>
        trigger == "always" ? ""
        : trigger.StartsWith("label:", StringComparison.Ordinal) ? (steps.SelectMany(s => s.Tree()).Any(s => s.Labels.Contains(trigger[6..])) ? "" : "never")
        : Expressions.StepCondition.Parse(trigger) is null ? null : trigger;

    static IReadOnlyList<string> Starts(string id, Kitchen kitchen) => kitchen.Starts.TryGetValue(id, out var starts) ? starts : [id];

    static IReadOnlyList<string> Ends(string id, Kitchen kitchen) => kitchen.Ends.TryGetValue(id, out var ends) ? ends : [id];

    static IReadOnlyList<Step> Each(IReadOnlyList<Step> steps, Func<Step, Step> map) =>
        [.. steps.Select(s => map(s.IsGroup ? s with { Children = Each(s.Children, map) } : s))];
}
