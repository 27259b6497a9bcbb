using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>
/// Cooks a formula into a protomolecule. In this order: inheritance, validation, legs, loops, branches, gates, advice, inline expansion,
/// <c>compose.expand</c>, <c>compose.map</c>, <c>compose.aspects</c>, hooks. Conditions are decided when it is poured.
/// </summary>
static class Cook
{
    const int MaxBondDepth = 5;

    /// <summary>What an expansion that is cooked alone is about.</summary>
    public const string StandaloneTarget = "main";

    /// <summary>The protomolecule; null when <paramref name="problems"/> has errors, which are all that could be found.</summary>
    /// <param name="given">Values for what is decided here: ranges of loops.</param>
    /// <param name="find">Other formulas by name, as they are written.</param>
    public static Protomolecule? Run(Formula formula, IReadOnlyDictionary<string, string> given, Func<string, Formula?> find, Problems problems, CancellationToken ct) =>
        Run(formula, given, find, problems, [formula.Name], ct);

    static Protomolecule? Run(Formula formula, IReadOnlyDictionary<string, string> given, Func<string, Formula?> find, Problems problems, List<string> bonds, CancellationToken ct)
    {
        var whole = formula;
        var kitchen = new Kitchen(find, name => given.TryGetValue(name, out var value) ? value : whole.Vars.TryGetValue(name, out var v) ? v.Default : null, problems, ct);
        if (Inheritance.Resolve(formula, kitchen) is not { } resolved)
        {
            FormulaValidation.Check(formula with { Extends = [] }, problems);
            return null;
        }
        whole = resolved;
        FormulaValidation.Check(whole, problems);
        if (problems.HasErrors) return null;
        kitchen.Adopt(whole);

        var steps = whole.Type == FormulaType.Expansion
            ? Expansions.Template(whole, new Step { Id = StandaloneTarget, Title = StandaloneTarget, Place = "template" }, new Dictionary<string, string>(), kitchen)
            : Legs.Steps(whole, kitchen);
        if (!kitchen.Admit(steps, "steps")) return null;
        steps = Loops.Unroll(steps, kitchen);
        steps = Composition.Branches(steps, whole.Compose, kitchen);
        steps = Composition.Gates(steps, whole.Compose, kitchen);
        // The advice of a formula that is itself an aspect is about others.
        if (whole.Type != FormulaType.Aspect) steps = Advising.Apply(steps, whole.Advice, whole.Pointcuts, kitchen);
        steps = Expansions.Inline(steps, kitchen);
        steps = Expansions.Composed(steps, whole.Compose, kitchen);
        foreach (var name in whole.Compose.Aspects)
        {
            if (kitchen.Require(name, FormulaType.Aspect, "compose.aspects") is not { } aspect) continue;
            kitchen.Adopt(aspect);
            steps = Advising.Apply(steps, aspect.Advice, aspect.Pointcuts, kitchen);
        }
        steps = Composition.Hooks(steps, whole.Compose, kitchen);
        if (problems.HasErrors) return null;

        var flat = new Flattening(kitchen, onComplete => Bond(onComplete, given, kitchen, bonds, ct));
        var cooked = flat.Run(steps);
        CookedChecks.Run(cooked, flat.Places, kitchen.Vars, given.Keys, problems);
        if (cooked.Count == 0 && !problems.HasErrors) problems.Warning("", $"a formula of type {whole.Type.ToString().ToLowerInvariant()} has no steps of its own");
        return problems.HasErrors ? null : new Protomolecule(
            whole.Name, whole.Version, whole.Description, whole.Type.ToString().ToLowerInvariant(), whole.Phase, whole.Pour, whole.Agent, kitchen.Vars, cooked,
            whole.Compose.BondPoints.Count == 0 ? null : [.. whole.Compose.BondPoints.Select(b => b.Point)]);
    }

    /// <summary>What a fan-out makes is cooked with the step: nothing of a running molecule looks at formulas again.</summary>
    static Protomolecule? Bond((string Name, string Place) bond, IReadOnlyDictionary<string, string> given, Kitchen kitchen, List<string> bonds, CancellationToken ct)
    {
        if (kitchen.Find(bond.Name) is not { } formula) kitchen.Problems.Error(bond.Place, $"there is no formula \"{bond.Name}\"");
        else if (bonds.Contains(bond.Name) || bonds.Count > MaxBondDepth) kitchen.Problems.Error(bond.Place, $"bonds in a circle or too deep: {string.Join(" -> ", bonds.Append(bond.Name))}");
        else
        {
            var inner = new Problems();
            var cooked = Run(formula, given, kitchen.Find, inner, [.. bonds, bond.Name], ct);
            foreach (var p in inner.All.Where(p => p.Severity == "error")) kitchen.Problems.Error(bond.Place, $"in \"{bond.Name}\": {p}");
            if (cooked?.Steps.Any(s => s.Until is not null || s.FanOut is not null) is true) kitchen.Problems.Error(bond.Place, $"\"{bond.Name}\" decides loops or fan-out itself while it runs; a bonded formula cannot");
            return cooked;
        }
        return null;
    }

    /// <summary>The formulas that this one names, for whoever fetches them.</summary>
    public static IEnumerable<string> References(Formula f) =>
        f.Extends.Concat(f.Compose.Expand.Select(e => e.With)).Concat(f.Compose.Map.Select(m => m.With)).Concat(f.Compose.Aspects).Concat(f.Compose.Hooks.Select(h => h.Attach))
            .Concat(f.Steps.Concat(f.Template).Concat(f.Advice.SelectMany(a => a.Before.Concat(a.After))).SelectMany(Below).SelectMany(s => new[] { s.Expand, s.OnComplete?.Bond }).OfType<string>())
            .Where(n => n.Length > 0).Distinct();

    static IEnumerable<Step> Below(Step step) => step.Tree().SelectMany(s => s.Loop is null ? [s] : s.Loop.Body.SelectMany(Below).Prepend(s));
}
