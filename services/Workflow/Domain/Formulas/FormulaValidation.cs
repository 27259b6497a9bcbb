using System.Text.RegularExpressions;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Expressions;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Everything that can be said about a formula (with what it inherits) before it is cooked. All of it is said.</summary>
static partial class FormulaValidation
{
    /// <summary>Most steps of a molecule.</summary>
    public const int MaxSteps = 10_000;

    static readonly string[] GateTypes = ["timer", "human", "mail", "event", "http", "command", "conditional", "gh:run", "gh:pr"];
    static readonly string[] VariableTypes = ["string", "int", "bool"];
    static readonly string[] FailureClasses = ["transient", "agent_refused", "context_full", "quota", "tests", "timeout", "permanent"];

    public static void Check(Formula f, Problems problems)
    {
        if (f.Name.Length == 0) problems.Error("formula", "name is required");
        else if (!NamePattern().IsMatch(f.Name)) problems.Error("formula", $"\"{f.Name}\" is no name: letters, digits, '.', '_' and '-', at most 100, beginning with a letter or digit");
        if (f.Version < 1) problems.Error("version", "must be >= 1");
        if (f.Phase is not (null or "liquid" or "vapor")) problems.Error("phase", $"\"{f.Phase}\" is neither liquid nor vapor");
        Variables(f, problems);
        Content(f, problems);
        var steps = Steps(f.Steps, problems);
        Steps(f.Template, problems);
        foreach (var (rule, name) in f.Compose.Expand.Select(r => (r, "target")).Concat(f.Compose.Map.Select(r => (r, "select"))))
        {
            if (rule.Target.Length == 0) problems.Error(rule.Place, $"{name} is required");
            if (rule.With.Length == 0) problems.Error(rule.Place, "with is required");
        }
        Composition(f, steps, problems);
        Advices(f, problems);
    }

    static void Variables(Formula f, Problems problems)
    {
        foreach (var (name, v) in f.Vars)
        {
            var place = $"vars.{name}";
            if (!VariableName().IsMatch(name)) problems.Error(place, "a variable's name has letters, digits and _, and begins with no digit");
            if (v.Required && v.Default is not null) problems.Warning(place, "required together with a default: the default serves");
            if (!VariableTypes.Contains(v.Type)) problems.Error($"{place}.type", $"\"{v.Type}\" is no type{Similar.Suggest(v.Type, VariableTypes)}; there are {string.Join(", ", VariableTypes)}");
            if (v.Pattern is not null && SafeRegex.TryMake(v.Pattern, out var why) is null) problems.Error($"{place}.pattern", $"\"{v.Pattern}\" cannot be used: {why}");
            else if (v.Default is { Length: > 0 } text && Cooking.Values.Refuse(v, text) is { } refusal) problems.Error($"{place}.default", refusal);
            foreach (var other in v.RequiredUnless ?? [])
                if (!f.Vars.ContainsKey(other)) problems.Error($"{place}.required_unless", $"references unknown input \"{other}\"{Similar.Suggest(other, f.Vars.Keys)}");
        }
    }

    static void Content(Formula f, Problems problems)
    {
        switch (f.Type)
        {
            case FormulaType.Workflow when f.Steps.Count == 0: problems.Error("steps", "a workflow needs at least one step"); break;
            case FormulaType.Expansion when f.Template.Count == 0: problems.Error("template", "an expansion needs at least one step in its template"); break;
            case FormulaType.Aspect when f.Advice.Count == 0 && f.AspectIds.Count == 0: problems.Error("advice", "an aspect needs advice"); break;
            case FormulaType.Convoy when f.Legs.Count == 0 && f.Steps.Count == 0: problems.Error("legs", "a convoy formula needs at least one leg"); break;
        }
        Unique(f.AspectIds.Select((id, i) => (id, $"aspects[{i}]")), problems);
        Unique(f.Legs.Select(l => (l.Id, l.Place)), problems);
        if (f.Synthesis is not { } synthesis) return;
        foreach (var leg in synthesis.DependsOn.Where(d => f.Legs.All(l => l.Id != d) && f.Steps.All(s => s.Id != d)))
            problems.Error(synthesis.Place, $"depends_on references unknown leg \"{leg}\"{Similar.Suggest(leg, f.Legs.Select(l => l.Id))}");
    }

    static void Unique(IEnumerable<(string Id, string Place)> all, Problems problems)
    {
        var first = new Dictionary<string, string>();
        foreach (var (id, place) in all)
        {
            if (id.Length == 0) problems.Error(place, "id is required");
            else if (!first.TryAdd(id, place)) problems.Error(place, $"duplicate id \"{id}\" (first defined at {first[id]})");
        }
    }

    /// <summary>Checks a list of steps with everything below; answers the ids that can be referred to.</summary>
    static HashSet<string> Steps(IReadOnlyList<Step> steps, Problems problems)
    {
        var all = steps.SelectMany(s => s.Tree()).ToList();
        Unique(all.Select(s => (s.Id, s.Place)), problems);
        var ids = all.Select(s => s.Id).ToHashSet();
        var place = new Dictionary<string, Step>();
        foreach (var step in all) place.TryAdd(step.Id, step);
        foreach (var step in all)
        {
            One(step, problems);
            References(step, ids, problems);
            if (step.Loop is not { } loop) continue;
            var body = Steps(loop.Body, problems);
            Loop(step, loop, problems);
            foreach (var inner in loop.Body.SelectMany(b => b.Tree()))
                foreach (var need in inner.Needs.Where(n => !body.Contains(n) && !ids.Contains(n)))
                    problems.Error(inner.Place, $"needs references unknown step \"{need}\"{Similar.Suggest(need, body.Concat(ids))}");
        }
        if (all.Count > MaxSteps) problems.Error("steps", $"{all.Count} steps are more than the limit of {MaxSteps}");
        var edges = Edges(steps);
        if (!problems.HasErrors && StepGraph.Cycle([.. all.Select(s => s.Id)], s => edges.TryGetValue(s, out var needs) ? needs : []) is { } circle)
            problems.Error(place[circle[0]].Place, $"these wait for each other for ever: {string.Join(" → ", circle)}");
        return ids;
    }

    /// <summary>Who waits for whom: children for what their group needs, a group for its children.</summary>
    static Dictionary<string, List<string>> Edges(IReadOnlyList<Step> steps)
    {
        var edges = new Dictionary<string, List<string>>();
        foreach (var step in steps) Visit(step, []);
        return edges;

        void Visit(Step step, IReadOnlyList<string> inherited)
        {
            List<string> own = [.. step.Needs, .. inherited];
            edges[step.Id] = [.. own, .. step.Children.Select(c => c.Id)];
            foreach (var child in step.Children) Visit(child, own);
        }
    }

    static void One(Step step, Problems problems)
    {
        if (step.Id.Length > 0 && !StepId().IsMatch(step.Id)) problems.Error(step.Place, $"id \"{step.Id}\" has letters, digits, '.', '_', '-' and placeholders in braces only, at most 200");
        var name = step.Id.Length == 0 ? step.Place : $"{step.Place} ({step.Id})";
        if (string.IsNullOrWhiteSpace(step.Title) && step.Expand is null && step.Loop is null) problems.Error(name, "title is required (unless using expand or loop)");
        if (step.Title?.Length > 300) problems.Error(name, "title is longer than 300 characters");
        if (step.Priority is < 0 or > 4) problems.Error(name, "priority must be 0-4");
        foreach (var condition in step.Conditions)
            if (StepCondition.Parse(condition) is null) problems.Error($"{step.Place}.condition", $"invalid step condition format: \"{condition}\" (expected {{{{var}}}}, !{{{{var}}}} or {{{{var}}}} == value)");
        foreach (var gate in step.Gates) Gate(gate, $"{step.Place}.gate", problems);
        if (step is { Type: "gate", Gates.Count: 0 }) problems.Error(step.Place, "a step of type gate only waits, and names no gate to wait for");
        if (step.Retry is { } retry)
        {
            if (retry.Max is < 0 or > 100) problems.Error($"{step.Place}.retry.max", "must be 0-100");
            foreach (var on in (retry.On ?? []).Where(o => !FailureClasses.Contains(o)))
                problems.Error($"{step.Place}.retry.on", $"\"{on}\" is no failure class{Similar.Suggest(on, FailureClasses)}; there are {string.Join(", ", FailureClasses)}");
        }
        if (step.TimeoutSeconds is 0) problems.Error($"{step.Place}.timeout", "must be more than nothing");
        if (step.BudgetUsd <= 0) problems.Error($"{step.Place}.budget", "must be more than nothing");
        if (step.OnComplete is { } fanOut) FanOut(fanOut, $"{step.Place}.on_complete", problems);
        if (step.OutputSchema is { ValueKind: not (System.Text.Json.JsonValueKind.Object or System.Text.Json.JsonValueKind.String) }) problems.Error($"{step.Place}.output", "a schema is a table or the name of a JSON type");
        if (step is { Loop: not null, Children.Count: > 0 }) problems.Error(step.Place, "a step has children or a loop, not both");
        // What would be read and then change nothing is said at once.
        if (step.Runtime is not (null or "command")) problems.Error($"{step.Place}.runtime", $"\"{step.Runtime}\" cannot be chosen by a step: supervisors have the runtime \"command\" only, which is what the rig's settings say; leave it out");
        if (step.Model is not null) problems.Error($"{step.Place}.model", "a step cannot choose a model: a supervisor starts the command of its rig; name the model there (settings.runtimeOptions.command) and leave it out here");
        if (step.CacheKey is not null) problems.Error($"{step.Place}.cache_key", "the output of an earlier run is not used again; leave it out, or fork the earlier molecule, which takes over what is done");
        if (step is { BudgetUsd: not null } and ({ Type: "gate" } or { Children.Count: > 0 } or { Loop: not null } or { Expand: not null })) problems.Error($"{step.Place}.budget", "only a step of its own has attempts that cost something, no gate, group, loop or expansion; put it on the steps in it");
        if (step is { BudgetUsd: not null, Run.Count: > 0 }) problems.Error($"{step.Place}.budget", "a step with run is done by no agent and costs nothing; leave it out");
        if (step.Run.Count > 0) Run(step, problems);
        if (step is { Loop: not null, Expand: not null }) problems.Error(step.Place, "a step expands or loops, not both; put the expand into the loop's body");
    }

    static void Run(Step step, Problems problems)
    {
        var (place, script) = ($"{step.Place}.run", RunCommand.Script(step.Run));
        if (string.IsNullOrWhiteSpace(step.Run[0]) || script?.Trim().Length == 0) problems.Error(place, "names no program: it is a line for sh (\"make test\") or the program and its arguments ([\"make\", \"test\"])");
        if (step.Run[0].Contains('{')) problems.Error(place, "the program is the formula's own and no variable: whoever gives the values would say what is run; put variables into its arguments");
        if (script?.Contains("${{", StringComparison.Ordinal) is true) problems.Error(place, "a variable stands in a script without a $ before it: write {{name}}, and quote it as the shell's own variables are quoted");
        if (step is { Type: "gate" } or { Children.Count: > 0 } or { Loop: not null } or { Expand: not null }) problems.Error(place, "only a step of its own is run, no gate, group, loop or expansion; put it into a step beside or below");
        foreach (var key in new[] { (step.Assignee is not null, "assignee"), (step.Agent is not null, "agent"), (step.Interactive, "interactive") }.Where(k => k.Item1).Select(k => k.Item2))
            problems.Error($"{step.Place}.{key}", "a step with run is run by a supervisor that serves the rig, and nobody is given it; leave it out");
    }

    static void Gate(GateSpec gate, string place, Problems problems)
    {
        if (gate.Type.Length == 0) problems.Error(place, "type is required");
        else if (!GateTypes.Contains(gate.Type)) problems.Error($"{place}.type", $"\"{gate.Type}\" is no type of gate{Similar.Suggest(gate.Type, GateTypes)}; there are {string.Join(", ", GateTypes)}");
        if (gate.Type == "timer" && gate.TimeoutSeconds is null) problems.Error(place, "a timer needs a timeout");
        if (gate.Type != "conditional") return;
        if (string.IsNullOrWhiteSpace(gate.Condition)) problems.Error(place, "a conditional gate needs a condition");
        else if (RunCondition.Parse(gate.Condition) is { IsOfSandbox: true }) problems.Error($"{place}.condition", $"\"{gate.Condition}\" looks into a step's sandbox, which there is none of before the step starts; look in the step itself and let the condition read its output (look.output.found == 'true')");
        else if (RunCondition.Parse(gate.Condition) is null) problems.Warning($"{place}.condition", $"\"{gate.Condition}\" is no condition that can be decided here; the gate waits until somebody opens it");
    }

    static void FanOut(OnComplete fanOut, string place, Problems problems)
    {
        if (fanOut.ForEach is not null && fanOut.Bond is null) problems.Error(place, "bond is required when for_each is set");
        if (fanOut.ForEach is null) problems.Error(place, fanOut.Bond is null ? "for_each and bond are required" : "for_each is required when bond is set");
        else if (fanOut.ForEach != "output" && !fanOut.ForEach.StartsWith("output.", StringComparison.Ordinal)) problems.Error(place, $"for_each must start with 'output.' (got \"{fanOut.ForEach}\")");
        if (fanOut is { Parallel: true, Sequential: true }) problems.Error(place, "cannot set both parallel and sequential");
    }

    static void References(Step step, HashSet<string> ids, Problems problems)
    {
        foreach (var need in step.Needs)
        {
            if (need == step.Id) problems.Error(step.Place, $"needs references the step itself (\"{need}\")");
            else if (!ids.Contains(need) && !step.Place.Contains(".body[", StringComparison.Ordinal)) problems.Error(step.Place, $"needs references unknown step \"{need}\"{Similar.Suggest(need, ids)}");
        }
        if (step.Compensation is { } undo && !ids.Contains(undo)) problems.Error($"{step.Place}.on_failure", $"references unknown step \"{undo}\"{Similar.Suggest(undo, ids)}");
        if (step.WaitsFor is not { } waits) return;
        if (ChildrenOf().Match(waits) is { Success: true } of)
        {
            if (!ids.Contains(of.Groups[1].Value)) problems.Error($"{step.Place}.waits_for", $"references unknown step \"{of.Groups[1].Value}\" in children-of()");
        }
        else if (waits is not ("all-children" or "any-children")) problems.Error($"{step.Place}.waits_for", $"has invalid value \"{waits}\" (must be all-children, any-children, or children-of(step-id))");
        else if (step.Needs.Count == 0) problems.Error($"{step.Place}.waits_for", "says nobody's children: name the step in needs, or say children-of(step-id)");
    }

    static void Loop(Step step, Loop loop, Problems problems)
    {
        var (place, ways) = ($"{step.Place}.loop", (loop.Count is not null ? 1 : 0) + (loop.Range is not null ? 1 : 0) + (loop.Until is not null ? 1 : 0));
        if (loop.Body.Count == 0) problems.Error(place, "body is required");
        if (ways == 0) problems.Error(place, "one of count, until, or range is required");
        if (ways > 1) problems.Error(place, "only one of count, until, or range can be specified");
        if (loop.Count <= 0) problems.Error(place, "count must be positive");
        if (loop.Until is { } until)
        {
            if (loop.Max is null) problems.Error(place, "max is required when until is set");
            if (RunCondition.Parse(until) is not { Step: not null }) problems.Error($"{place}.until", $"invalid until condition \"{until}\"");
        }
        if (loop.Max is <= 0 or > 1_000) problems.Error(place, "max must be 1-1000");
        if (loop.Var is not null && !VariableName().IsMatch(loop.Var)) problems.Error($"{place}.var", $"\"{loop.Var}\" is no name of a variable");
    }

    static void Composition(Formula f, HashSet<string> ids, Problems problems)
    {
        foreach (var rule in f.Compose.Branch)
        {
            if (rule.From.Length == 0) problems.Error(rule.Place, "from is required");
            if (rule.Steps.Count == 0) problems.Error(rule.Place, "steps is required");
            if (rule.Join.Length == 0) problems.Error(rule.Place, "join is required");
            foreach (var id in rule.Steps.Append(rule.From).Append(rule.Join).Where(i => i.Length > 0 && !ids.Contains(i)))
                problems.Error(rule.Place, $"references unknown step \"{id}\"{Similar.Suggest(id, ids)}");
        }
        foreach (var rule in f.Compose.Gate)
        {
            if (rule.Before.Length == 0) problems.Error(rule.Place, "before is required");
            else if (!ids.Contains(rule.Before)) problems.Error(rule.Place, $"before references unknown step \"{rule.Before}\"{Similar.Suggest(rule.Before, ids)}");
            Gate(new GateSpec("conditional", Condition: rule.Condition), rule.Place, problems);
        }
        Unique(f.Compose.BondPoints.Select(b => (b.Point.Id, b.Place)), problems);
        foreach (var (point, place) in f.Compose.BondPoints)
        {
            if (point is { AfterStep: not null, BeforeStep: not null }) problems.Error(place, "cannot have both after_step and before_step");
            if (point.AfterStep is { } after && !ids.Contains(after)) problems.Error(place, $"after_step references unknown step \"{after}\"{Similar.Suggest(after, ids)}");
            if (point.BeforeStep is { } before && !ids.Contains(before)) problems.Error(place, $"before_step references unknown step \"{before}\"{Similar.Suggest(before, ids)}");
        }
        foreach (var hook in f.Compose.Hooks)
        {
            if (hook.Trigger.Length == 0) problems.Error(hook.Place, "trigger is required");
            if (hook.Attach.Length == 0) problems.Error(hook.Place, "attach is required");
            if (hook.At.Length > 0 && f.Compose.BondPoints.All(b => b.Point.Id != hook.At)) problems.Error(hook.Place, $"at references unknown bond point \"{hook.At}\"");
        }
    }

    static void Advices(Formula f, Problems problems)
    {
        foreach (var advice in f.Advice)
        {
            if (advice.Target.Length == 0) problems.Error(advice.Place, "target is required");
            if (advice.Before.Count + advice.After.Count == 0) problems.Error(advice.Place, "before, after or around is required");
            foreach (var step in advice.Before.Concat(advice.After))
            {
                if (step.Id.Length == 0) problems.Error(step.Place, "id is required");
                One(step, problems);
            }
        }
        foreach (var cut in f.Pointcuts.Where(c => c is { Glob: null, Type: null, Label: null })) problems.Error(cut.Place, "one of glob, type, label is required");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._\-]{0,99}$", RegexOptions.CultureInvariant)]
    public static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex VariableName();

    [GeneratedRegex(@"^[A-Za-z0-9._\-{}]{1,200}$", RegexOptions.CultureInvariant)]
    private static partial Regex StepId();

    [GeneratedRegex(@"^children-of\(([^)]+)\)$", RegexOptions.CultureInvariant)]
    public static partial Regex ChildrenOf();
}
