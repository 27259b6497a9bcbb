using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>Replaces steps by an expansion's template: its roots take over the target's needs, and whoever needed the target needs its sinks.</summary>
static class Expansions
{
    const int MaxDepth = 5;

    /// <summary><c>expand</c> written on steps themselves, also those that a template brings.</summary>
    public static IReadOnlyList<Step> Inline(IReadOnlyList<Step> steps, Kitchen kitchen)
    {
        for (var depth = 0; ; depth++)
        {
            var rules = new Dictionary<string, ExpandRule>();
            foreach (var step in steps.SelectMany(s => s.Tree()).Where(s => s.Expand is not null)) rules.TryAdd(step.Id, new ExpandRule(step.Id, step.Expand!, step.ExpandVars, $"{step.Place}.expand"));
            if (rules.Count == 0) return steps;
            if (depth == MaxDepth)
            {
                kitchen.Problems.Error(rules.Values.First().Place, $"expands deeper than {MaxDepth} levels: does it expand itself?");
                return steps;
            }
            steps = Apply(steps, rules, kitchen);
            if (kitchen.Problems.HasErrors) return steps;
        }
    }

    /// <summary><c>compose.expand</c>, then <c>compose.map</c>, each rule in the order of the file.</summary>
    public static IReadOnlyList<Step> Composed(IReadOnlyList<Step> steps, Compose compose, Kitchen kitchen)
    {
        foreach (var rule in compose.Expand)
        {
            if (steps.SelectMany(s => s.Tree()).All(s => s.Id != rule.Target)) kitchen.Problems.Error(rule.Place, $"target references unknown step \"{rule.Target}\"");
            else steps = Inline(Apply(steps, new() { [rule.Target] = rule }, kitchen), kitchen);
        }
        foreach (var rule in compose.Map)
        {
            var matching = steps.SelectMany(s => s.Tree()).Where(s => !s.IsGroup && Glob.Matches(rule.Target, s.Id)).Select(s => s.Id).Distinct().ToDictionary(id => id, _ => rule);
            if (matching.Count == 0) kitchen.Problems.Warning(rule.Place, $"select \"{rule.Target}\" matches no step");
            else steps = Inline(Apply(steps, matching, kitchen), kitchen);
        }
        return steps;
    }

    /// <summary>A template's steps about a target.</summary>
    public static IReadOnlyList<Step> Template(Formula expansion, Step target, IReadOnlyDictionary<string, string> vars, Kitchen kitchen)
    {
        string? Value(string name) => name switch
        {
            "target" or "target.id" => target.Id,
            "target.title" => target.Title ?? target.Id,
            "target.description" => target.Description ?? "",
            _ => vars.TryGetValue(name, out var given) ? given : expansion.Vars.TryGetValue(name, out var v) ? v.Default : null,
        };
        string Text(string text) => Placeholders.Fill(Placeholders.FillSingle(text, Value), name => vars.GetValueOrDefault(name))!;
        foreach (var name in vars.Keys.Where(n => !expansion.Vars.ContainsKey(n) && !Mentions(expansion, n)))
            kitchen.Problems.Warning(target.Place, $"the expansion \"{expansion.Name}\" has no variable \"{name}\"{Similar.Suggest(name, expansion.Vars.Keys)}");
        kitchen.Adopt(expansion);
        return Loops.Unroll([.. expansion.Template.Select(t => Rewriting.Map(t, Text, Text))], kitchen);
    }

    static IReadOnlyList<Step> Apply(IReadOnlyList<Step> steps, Dictionary<string, ExpandRule> rules, Kitchen kitchen)
    {
        var (made, ends) = (new Dictionary<string, IReadOnlyList<Step>>(), new Dictionary<string, IReadOnlyList<string>>());
        var expansions = new Dictionary<string, Formula?>();
        foreach (var target in steps.SelectMany(s => s.Tree()).Where(s => rules.ContainsKey(s.Id)))
        {
            var rule = rules[target.Id];
            if (target.IsGroup)
            {
                kitchen.Problems.Error(rule.Place, $"\"{target.Id}\" has children; expand those");
                continue;
            }
            if (!expansions.TryGetValue(rule.With, out var expansion)) expansions[rule.With] = expansion = kitchen.Require(rule.With, FormulaType.Expansion, rule.Place);
            if (expansion is null) continue;
            var template = Template(expansion, target, rule.Vars, kitchen);
            if (!kitchen.Admit(template, rule.Place)) return steps;
            made[target.Id] = template;
            ends[target.Id] = Rewriting.Sinks(template);
            kitchen.Ends[target.Id] = ends[target.Id];
            kitchen.Starts[target.Id] = Rewriting.Roots(template);
        }
        return Rewriting.Replace(Rewriting.Needs(steps, ends), target => made.TryGetValue(target.Id, out var template) ? Hang(template, target) : null);
    }

    /// <summary>What was said of the target holds for what is in its place.</summary>
    static IReadOnlyList<Step> Hang(IReadOnlyList<Step> template, Step target)
    {
        var roots = Rewriting.Roots(template).ToHashSet();
        return [.. template.Select(s => s with
        {
            Needs = roots.Contains(s.Id) ? [.. s.Needs.Concat(target.Needs).Distinct()] : s.Needs,
            Gates = roots.Contains(s.Id) ? [.. target.Gates, .. s.Gates] : s.Gates,
            Conditions = [.. target.Conditions, .. s.Conditions],
            Priority = s.Priority ?? target.Priority,
            Assignee = s.Assignee ?? target.Assignee,
            Agent = s.Agent ?? target.Agent,
            Labels = [.. target.Labels.Concat(s.Labels).Distinct()],
            Advised = target.Advised,
        })];
    }

    static bool Mentions(Formula f, string name) =>
        f.Template.SelectMany(t => t.Tree()).Any(t => new[] { t.Id, t.Title, t.Description }.Concat(t.Needs).Any(x => x?.Contains($"{{{name}}}", StringComparison.Ordinal) is true));
}
