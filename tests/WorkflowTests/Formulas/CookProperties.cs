using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Cooking;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeManage.WorkflowTests.Formulas;

/// <summary>What holds for every formula: the same input gives the same id, and no stage of cooking makes a circle or loses an order.</summary>
public sealed class CookProperties
{
    const string Twice = """
        formula = "twice"
        template = [{ id = "{target}.1", title = "1" }, { id = "{target}.2", title = "2", needs = ["{target}.1"] }]
        """;

    const string Audit = """
        formula = "audit"
        advice = [{ target = "s*", around = { before = [{ id = "{step.id}-pre", title = "pre" }], after = [{ id = "{step.id}-post", title = "post" }] } }]
        """;

    /// <summary>A random formula: each step needs earlier ones; some expand, some loop, some are conditional.</summary>
    static readonly Gen<string> Formulas =
        from count in Gen.Choose(1, 14)
        from seeds in Gen.Choose(0, int.MaxValue - 1).ArrayOf(count)
        from audit in Gen.Elements(true, false)
        select Text(seeds, audit);

    [Fact]
    public void Cooking_is_deterministic_acyclic_and_keeps_every_order() => Prop.ForAll(Formulas.ToArbitrary(), text =>
    {
        var cooked = Oven.Bake(text, null, Twice, Audit);
        Assert.Equal(Canonical.IdOf(Canonical.Write(cooked)), Canonical.IdOf(Canonical.Write(Oven.Bake(text, null, Audit, Twice))));
        var graph = new CookedGraph(cooked.Steps);
        Assert.Null(graph.Cycle());
        Assert.Equal(cooked.Steps.Count, graph.Waves().Sum(w => w.Count));
        AssertOrder(text, cooked.Steps, step => graph.Before(step));
        var poured = Pouring.Steps(cooked.Steps, new Dictionary<string, string> { ["off"] = "" });
        var after = new CookedGraph(poured);
        Assert.Null(after.Cycle());
        Assert.All(poured, s => Assert.All(s.Needs, n => Assert.Contains(poured, p => p.Id == n)));
        AssertOrder(text, poured, step => after.Before(step));
    }).QuickCheckThrowOnFailure();

    /// <summary>Whatever becomes of two steps, everything of the later one still comes after everything of the earlier one.</summary>
    static void AssertOrder(string text, IReadOnlyList<CookedStep> steps, Func<string, HashSet<string>> before)
    {
        foreach (var (step, needs) in Original(text))
            foreach (var late in steps.Where(s => IsOf(s.Id, step)))
                foreach (var need in needs)
                    Assert.All(steps.Where(s => IsOf(s.Id, need)), early => Assert.Contains(early.Id, before(late.Id)));
    }

    static bool IsOf(string id, string step) => id == step || id.StartsWith(step + ".", StringComparison.Ordinal) || id.StartsWith(step + "-", StringComparison.Ordinal);

    static IEnumerable<(string Step, string[] Needs)> Original(string text) => text.Split("[[steps]]\n").Skip(1).Select(block => (
        block.Split("id = \"")[1].Split('"')[0], block.Contains("needs = [") ? block.Split("needs = [")[1].Split(']')[0].Split(',').Select(n => n.Trim(' ', '"')).Where(n => n.Length > 0).ToArray() : []));

    static string Text(int[] seeds, bool audit)
    {
        var text = $"formula = \"f\"\nvars = {{ off = \"x\" }}\n{(audit ? "compose = { aspects = [\"audit\"] }\n" : "")}";
        for (var i = 0; i < seeds.Length; i++)
        {
            var random = new System.Random(seeds[i]);
            var needs = Enumerable.Range(0, i).Where(_ => random.Next(3) == 0).Select(n => $"\"s{n}\"");
            text += $"[[steps]]\nid = \"s{i}\"\ntitle = \"S\"\nneeds = [{string.Join(", ", needs)}]\n" + random.Next(5) switch
            {
                0 => "expand = \"twice\"\n",
                1 => "loop = { count = 2, body = [{ id = \"a\", title = \"A\" }, { id = \"b\", title = \"B\" }, { id = \"c\", title = \"C\", needs = [\"a\"] }] }\n",
                2 => "condition = \"{{off}}\"\n",
                3 => $"children = [{{ id = \"s{i}.x\", title = \"X\" }}, {{ id = \"s{i}.y\", title = \"Y\", needs = [\"s{i}.x\"] }}]\n",
                _ => "",
            };
        }
        return text;
    }
}
