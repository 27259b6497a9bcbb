using System.Globalization;
using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>
/// Unrolls loops: ids <c>loop.iterN.step</c>, iterations chained, both ends linked. A loop with <c>until</c> becomes a group that holds its
/// first iteration; the others are made while it runs.
/// </summary>
static class Loops
{
    public static IReadOnlyList<Step> Unroll(IReadOnlyList<Step> steps, Kitchen kitchen)
    {
        if (!steps.SelectMany(s => s.Tree()).Any(s => s.Loop is not null)) return steps;
        var (starts, ends) = (new Dictionary<string, IReadOnlyList<string>>(), new Dictionary<string, IReadOnlyList<string>>());
        var unrolled = Rewriting.Replace(steps, step => step.Loop is null ? null : One(step, step.Loop, starts, ends, kitchen));
        foreach (var (id, at) in starts) kitchen.Starts[id] = at;
        foreach (var (id, at) in ends) kitchen.Ends[id] = at;
        return Rewriting.Needs(unrolled, ends);
    }

    /// <summary>The steps of one iteration.</summary>
    public static IReadOnlyList<Step> Iteration(string loopId, int number, IReadOnlyList<Step> body, string? var, string value)
    {
        var ids = body.SelectMany(b => b.Tree()).Select(b => b.Id).ToHashSet();
        string Text(string text) => Placeholders.FillSingle(text, name => name == var ? value : name == "iteration" ? number.ToString(CultureInfo.InvariantCulture) : null)!;
        string Id(string id) => ids.Contains(id) ? $"{loopId}.iter{number}.{Text(id)}" : Text(id);
        return [.. body.Select(b => Rewriting.Map(b, Text, Id))];
    }

    static IReadOnlyList<Step> One(Step step, Loop loop, Dictionary<string, IReadOnlyList<string>> starts, Dictionary<string, IReadOnlyList<string>> ends, Kitchen kitchen)
    {
        if (loop.Until is not null)
        {
            var first = Finish(Iteration(step.Id, 1, loop.Body, loop.Var, "1"), step, [], kitchen);
            var body = Unroll(loop.Body, kitchen);
            return [step with { Loop = loop with { Body = body }, Children = first }];
        }
        if (Numbers(step, loop, kitchen) is not { } numbers) return [];
        var all = new List<Step>();
        IReadOnlyList<string> last = step.Needs;
        foreach (var (value, i) in numbers.Select((v, i) => (v, i)))
        {
            var made = Finish(Iteration(step.Id, i + 1, loop.Body, loop.Var, value.ToString(CultureInfo.InvariantCulture)), step, last, kitchen);
            if (!kitchen.Admit(made, $"{step.Place}.loop")) return [];
            if (i == 0) starts[step.Id] = Rewriting.Roots(made);
            all.AddRange(made);
            last = Rewriting.Sinks(made);
        }
        ends[step.Id] = last;
        return all;
    }

    /// <summary>Unrolls what is inside, and hangs the iteration's first steps on what comes before it.</summary>
    static IReadOnlyList<Step> Finish(IReadOnlyList<Step> made, Step loop, IReadOnlyList<string> before, Kitchen kitchen)
    {
        var inner = Unroll(made, kitchen);
        var roots = Rewriting.Roots(inner).ToHashSet();
        return [.. inner.Select(s => s with
        {
            Needs = roots.Contains(s.Id) ? [.. s.Needs.Concat(before).Distinct()] : s.Needs,
            Conditions = loop.Loop!.Until is null ? [.. loop.Conditions, .. s.Conditions] : s.Conditions,
            Gates = loop.Loop!.Until is null && roots.Contains(s.Id) && before == loop.Needs ? [.. loop.Gates, .. s.Gates] : s.Gates,
        })];
    }

    static IReadOnlyList<int>? Numbers(Step step, Loop loop, Kitchen kitchen)
    {
        try
        {
            var (from, to) = loop.Count is { } count ? (1, count) : RangeExpression.Evaluate(loop.Range!, kitchen.Value);
            if (to - (long)from < FormulaValidation.MaxSteps) return [.. Enumerable.Range(from, to - from + 1)];
            kitchen.Problems.Error($"{step.Place}.loop", $"makes more than the limit of {FormulaValidation.MaxSteps} steps");
        }
        catch (ExpressionException e)
        {
            kitchen.Problems.Error($"{step.Place}.loop.range", e.Message);
        }
        return null;
    }
}
