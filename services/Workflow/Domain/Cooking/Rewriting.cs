using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>Rewrites steps with everything below them.</summary>
static class Rewriting
{
    /// <summary>Every text a person wrote goes through <paramref name="text"/>, ids and needs through <paramref name="id"/>.</summary>
    public static Step Map(Step s, Func<string, string> text, Func<string, string> id) => s with
    {
        Id = id(s.Id),
        Title = Opt(s.Title, text),
        Description = Opt(s.Description, text),
        Notes = Opt(s.Notes, text),
        Labels = [.. s.Labels.Select(text)],
        Metadata = Map(s.Metadata, text),
        Needs = [.. s.Needs.Select(id).Distinct()],
        WaitsFor = s.WaitsFor is { } w && FormulaValidation.ChildrenOf().Match(w) is { Success: true } of ? $"children-of({id(of.Groups[1].Value)})" : s.WaitsFor,
        Assignee = Opt(s.Assignee, text),
        Expand = Opt(s.Expand, text),
        ExpandVars = Map(s.ExpandVars, text),
        Conditions = [.. s.Conditions.Select(text)],
        Children = [.. s.Children.Select(c => Map(c, text, id))],
        Gates = [.. s.Gates.Select(g => g with { Id = Opt(g.Id, text), AwaitId = Opt(g.AwaitId, text), Condition = Opt(g.Condition, text) })],
        Loop = s.Loop is null ? null : s.Loop with
        {
            Range = Opt(s.Loop.Range, text),
            Until = Opt(s.Loop.Until, text),
            Body = [.. s.Loop.Body.Select(b => Map(b, text, i => i))],
        },
        OnComplete = s.OnComplete is null ? null : s.OnComplete with { Bond = Opt(s.OnComplete.Bond, text), Vars = Map(s.OnComplete.Vars, text) },
        Acceptance = [.. s.Acceptance.Select(a => a with { Text = text(a.Text), Command = a.Command is null ? null : [.. a.Command.Select(text)] })],
        Compensation = Opt(s.Compensation, id),
        Run = RunCommand.Map(s.Run, text),
        CacheKey = Opt(s.CacheKey, text),
        Agent = Opt(s.Agent, text),
        Runtime = Opt(s.Runtime, text),
        Model = Opt(s.Model, text),
    };

    /// <summary>Only who needs whom.</summary>
    public static IReadOnlyList<Step> Needs(IReadOnlyList<Step> steps, Dictionary<string, IReadOnlyList<string>> ends) =>
        ends.Count == 0 ? steps : [.. steps.Select(s => s with
        {
            Needs = s.Needs.Any(ends.ContainsKey) ? [.. s.Needs.SelectMany(n => ends.TryGetValue(n, out var now) ? now : [n]).Distinct()] : s.Needs,
            Children = s.Children.Count == 0 ? s.Children : Needs(s.Children, ends),
        })];

    /// <summary>Replaces steps, at whatever depth, by the steps made of them.</summary>
    public static IReadOnlyList<Step> Replace(IReadOnlyList<Step> steps, Func<Step, IReadOnlyList<Step>?> by)
    {
        var made = new List<Step>(steps.Count);
        foreach (var step in steps)
        {
            if (by(step) is { } instead) made.AddRange(instead);
            else made.Add(step.IsGroup ? step with { Children = Replace(step.Children, by) } : step);
        }
        return made;
    }

    /// <summary>Steps that need none of the others.</summary>
    public static IReadOnlyList<string> Roots(IReadOnlyList<Step> steps)
    {
        var ids = steps.SelectMany(s => s.Tree()).Select(s => s.Id).ToHashSet();
        return [.. steps.Where(s => !s.Needs.Any(ids.Contains)).Select(s => s.Id)];
    }

    /// <summary>Steps that none of the others needs.</summary>
    public static IReadOnlyList<string> Sinks(IReadOnlyList<Step> steps)
    {
        var needed = steps.SelectMany(s => s.Tree()).SelectMany(s => s.Needs).ToHashSet();
        return [.. steps.Where(s => !needed.Contains(s.Id)).Select(s => s.Id)];
    }

    static string? Opt(string? value, Func<string, string> map) => value is null ? null : map(value);

    static IReadOnlyDictionary<string, string> Map(IReadOnlyDictionary<string, string> values, Func<string, string> text) =>
        values.Count == 0 ? values : new SortedDictionary<string, string>(values.ToDictionary(v => v.Key, v => text(v.Value)), StringComparer.Ordinal);
}
