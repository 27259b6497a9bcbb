using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>Puts steps before and after those that advice matches. Who needed a target waits for its <c>after</c> steps.</summary>
static class Advising
{
    public static IReadOnlyList<Step> Apply(IReadOnlyList<Step> steps, IReadOnlyList<Advice> advice, IReadOnlyList<Pointcut> pointcuts, Kitchen kitchen)
    {
        if (advice.Count == 0) return steps;
        var plans = new Dictionary<string, (List<Step> Before, List<Step> After)>();
        var ends = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var target in steps.SelectMany(s => s.Tree()).Where(s => !s.Advised && Selected(s, pointcuts)))
        {
            var matching = advice.Where(a => Glob.Matches(a.Target, target.Id)).ToList();
            if (matching.Count == 0) continue;
            var before = Chain([.. matching.SelectMany(a => a.Before).Select(s => About(s, target))]);
            var after = Chain([.. matching.SelectMany(a => a.After).Select(s => About(s, target))]);
            if (!kitchen.Admit([.. before, .. after], target.Place)) return steps;
            plans[target.Id] = (before, after);
            if (after.Count > 0) ends[target.Id] = [after[^1].Id];
        }
        return Weave(Rewriting.Needs(steps, ends), plans);
    }

    static List<Step> Weave(IReadOnlyList<Step> steps, Dictionary<string, (List<Step> Before, List<Step> After)> plans)
    {
        var woven = new List<Step>();
        foreach (var each in steps)
        {
            var step = each.IsGroup ? each with { Children = Weave(each.Children, plans) } : each;
            if (!plans.TryGetValue(step.Id, out var plan))
            {
                woven.Add(step);
                continue;
            }
            // The first one waits for what the target waits for: looking at something before it is reached would be too early.
            woven.AddRange(plan.Before.Select((s, i) => i == 0 ? s with { Needs = [.. s.Needs.Concat(step.Needs).Distinct()] } : s));
            woven.Add(plan.Before.Count == 0 ? step : step with { Needs = [.. step.Needs.Append(plan.Before[^1].Id).Distinct()] });
            woven.AddRange(plan.After.Select((s, i) => i == 0 ? s with { Needs = [.. s.Needs.Append(step.Id).Distinct()] } : s));
        }
        return woven;
    }

    static List<Step> Chain(List<Step> steps)
    {
        for (var i = 1; i < steps.Count; i++) steps[i] = steps[i] with { Needs = [.. steps[i].Needs.Append(steps[i - 1].Id).Distinct()] };
        return steps;
    }

    static Step About(Step step, Step target)
    {
        string Text(string text) => Placeholders.FillSingle(text, name => name switch
        {
            "step.id" => target.Id,
            "step.title" => target.Title ?? target.Id,
            "step.description" => target.Description ?? "",
            _ => null,
        })!;
        var made = Rewriting.Map(step, Text, Text);
        return made with { Advised = true, Place = $"{step.Place} about \"{target.Id}\"", Title = made.Title ?? made.Id, Conditions = [.. target.Conditions, .. made.Conditions] };
    }

    static bool Selected(Step step, IReadOnlyList<Pointcut> pointcuts) => pointcuts.Count == 0 || pointcuts.Any(p =>
        (p.Glob is null || Glob.Matches(p.Glob, step.Id)) && (p.Type is null || p.Type == (step.Type ?? "task")) && (p.Label is null || step.Labels.Contains(p.Label)));
}
