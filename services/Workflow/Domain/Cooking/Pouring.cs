using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Expressions;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>What is decided when a protomolecule is poured: conditions, and the variables in its texts.</summary>
static class Pouring
{
    /// <summary>
    /// The steps that run. Who waited for one that is left out waits for what that one waited for; a group of which nothing is left goes too.
    /// A variable without a value becomes an empty text.
    /// </summary>
    public static IReadOnlyList<CookedStep> Steps(IReadOnlyList<CookedStep> steps, IReadOnlyDictionary<string, string> values)
    {
        var left = steps.Where(s => (s.Conditions ?? []).All(c => StepCondition.Parse(c)!.Holds(values.GetValueOrDefault))).ToList();
        while (left.Count != steps.Count)
        {
            var parents = left.Where(s => s.ParentId is not null).Select(s => s.ParentId!).ToHashSet();
            if (left.RemoveAll(s => s.Kind is StepKind.Group or StepKind.Loop && !parents.Contains(s.Id)) == 0) break;
        }
        string Fill(string text) => Placeholders.Fill(text, name => values.GetValueOrDefault(name) ?? "")!;
        var kept = left.Select(s => s.Id).ToHashSet();
        var gone = steps.Where(s => !kept.Contains(s.Id)).ToDictionary(s => s.Id);
        var instead = new Dictionary<string, IReadOnlyList<string>>();
        return [.. left.Select(s => CookedTexts.Map(s, Fill) with
        {
            Conditions = null,
            Needs = s.Needs.All(kept.Contains) ? s.Needs : [.. s.Needs.SelectMany(n => Standing(n, kept, gone, instead)).Distinct()],
            Until = s.Until is null ? null : CookedTexts.Map(s, Fill).Until! with { Body = Steps(s.Until.Body, values) },
        })];
    }

    /// <summary>Whether a text of these steps names the variable.</summary>
    public static Func<string, bool> Mentioned(IReadOnlyList<CookedStep> steps)
    {
        var names = new Lazy<HashSet<string>>(() => [.. steps.SelectMany(s => CookedTexts.Of(s)).SelectMany(t => Placeholders.Variables(t.Text))]);
        return name => names.Value.Contains(name);
    }

    static IReadOnlyList<string> Standing(string need, HashSet<string> kept, Dictionary<string, CookedStep> gone, Dictionary<string, IReadOnlyList<string>> instead)
    {
        if (instead.TryGetValue(need, out var known)) return known;
        var (found, seen, queue) = (new List<string>(), new HashSet<string>(), new Queue<string>([need]));
        while (queue.TryDequeue(out var at))
        {
            if (!seen.Add(at)) continue;
            if (kept.Contains(at)) found.Add(at);
            else if (gone.TryGetValue(at, out var step)) foreach (var next in step.Needs) queue.Enqueue(next);
        }
        return instead[need] = found;
    }
}
