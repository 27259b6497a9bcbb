using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>What can only be said when everything is expanded.</summary>
static class CookedChecks
{
    public static void Run(
        IReadOnlyList<CookedStep> steps, IReadOnlyDictionary<string, string> places, IReadOnlyDictionary<string, VariableDefinition> vars, IEnumerable<string> given, Problems problems)
    {
        var byId = new Dictionary<string, CookedStep>(StringComparer.Ordinal);
        string Place(CookedStep s) => places.GetValueOrDefault(s.Id) is { Length: > 0 } place ? place : s.Id;
        foreach (var step in steps)
        {
            if (!byId.TryAdd(step.Id, step)) problems.Error(Place(step), $"duplicate id \"{step.Id}\" after expansion");
            if (step.Id.Contains('{') || step.Id.Length > 200) problems.Error(Place(step), $"id \"{step.Id}\" has a placeholder that nothing filled, or is longer than 200 characters");
        }
        if (steps.Count > FormulaValidation.MaxSteps) problems.Error("steps", $"{steps.Count} steps are more than the limit of {FormulaValidation.MaxSteps}");
        var defined = vars.Keys.Concat(given).ToHashSet();
        foreach (var step in steps)
        {
            foreach (var need in step.Needs)
            {
                if (!byId.TryGetValue(need, out var target)) problems.Error(Place(step), $"needs references unknown step \"{need}\"");
                else if (target.Kind == StepKind.Compensation && step.Kind != StepKind.Compensation) problems.Error(Place(step), $"needs \"{need}\", which runs only to undo another step");
            }
            if (step.WaitsFor is { } waits && !byId.ContainsKey(waits.Of)) problems.Error($"{Place(step)}.waits_for", $"references unknown step \"{waits.Of}\"");
            if (step.Compensation is { } undo && !byId.ContainsKey(undo)) problems.Error($"{Place(step)}.on_failure", $"references unknown step \"{undo}\"");
            foreach (var (field, text) in CookedTexts.Of(step))
                foreach (var name in Placeholders.Variables(text).Where(n => !defined.Contains(n)))
                    problems.Error($"{Place(step)}.{field}", $"undefined variable \"{name}\"{Similar.Suggest(name, defined)}");
            foreach (var condition in step.Conditions ?? [])
                if (StepCondition.Parse(condition) is { } parsed && !defined.Contains(parsed.Variable)) problems.Error($"{Place(step)}.condition", $"undefined variable \"{parsed.Variable}\"{Similar.Suggest(parsed.Variable, defined)}");
            foreach (var condition in (step.Gates ?? []).Select(g => g.Condition).Append(step.Until?.Condition))
                if (condition is not null && RunCondition.Parse(condition)?.Step is { } named && named is not ("steps" or "step") && !named.Contains('{') && !byId.ContainsKey(named) && step.Until?.Body.Any(b => b.Id == named) is not true)
                    problems.Error(Place(step), $"condition \"{condition}\" looks at the unknown step \"{named}\"");
        }
        if (problems.HasErrors) return;
        var graph = new CookedGraph(steps);
        if (graph.Cycle() is { } circle) problems.Error(Place(byId[circle[0]]), $"these wait for each other for ever: {string.Join(" → ", circle)}");
        else Outputs(steps, byId, graph, Place, problems);
    }

    static void Outputs(IReadOnlyList<CookedStep> steps, Dictionary<string, CookedStep> byId, CookedGraph graph, Func<CookedStep, string> place, Problems problems)
    {
        foreach (var step in steps)
        {
            HashSet<string>? before = null;
            foreach (var (field, text) in CookedTexts.Of(step).Where(t => t.Text.Contains("{{", StringComparison.Ordinal)))
                foreach (var (of, _) in Placeholders.Outputs(text))
                {
                    if (step.Until?.Body.Any(b => b.Id == of) is true) continue;
                    if (!byId.ContainsKey(of)) problems.Error($"{place(step)}.{field}", $"the output of the unknown step \"{of}\"{Similar.Suggest(of, byId.Keys)}");
                    else if (!(before ??= graph.Before(step.Id)).Contains(of)) problems.Warning($"{place(step)}.{field}", $"the output of \"{of}\" may not be there yet: \"{step.Id}\" does not wait for it");
                }
        }
    }
}
