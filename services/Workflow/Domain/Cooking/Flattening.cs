using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>Turns the tree of steps into the list that runs: groups before their children, a group's gate as a step of its own.</summary>
sealed class Flattening(Kitchen kitchen, Func<(string Name, string Place), Protomolecule?> bond)
{
    static readonly string[] ItemTypes = ["task", "bug", "feature", "chore", "epic", "decision"];

    readonly HashSet<string> _compensations = [];

    /// <summary>Where a step comes from.</summary>
    public Dictionary<string, string> Places { get; } = new(StringComparer.Ordinal);

    public List<CookedStep> Run(IReadOnlyList<Step> steps)
    {
        foreach (var step in steps.SelectMany(s => s.Tree()).Where(s => s.Compensation is not null)) _compensations.Add(step.Compensation!);
        var list = new List<CookedStep>();
        foreach (var step in steps) Add(step, null, [], list);
        return list;
    }

    void Add(Step step, string? parent, IReadOnlyList<string> inherited, List<CookedStep> list)
    {
        Places.TryAdd(step.Id, step.Place);
        var conditions = (List<string>)[.. inherited, .. step.Conditions.Except(inherited)];
        var made = One(step, parent, conditions);
        if (!step.IsGroup)
        {
            list.Add(made);
            return;
        }
        list.Add(made with { Gates = null });
        var gate = step.Gates.Count == 0 ? null : $"{step.Id}.gate";
        if (gate is not null)
            list.Add(new CookedStep { Id = gate, Kind = StepKind.Gate, ParentId = step.Id, Title = $"Gate of {made.Title}", Conditions = made.Conditions, Gates = made.Gates });
        var roots = Rewriting.Roots(step.Children).ToHashSet();
        foreach (var child in step.Children)
            Add(gate is not null && roots.Contains(child.Id) ? child with { Needs = [.. child.Needs, gate] } : child, step.Id, conditions, list);
    }

    CookedStep One(Step s, string? parent, List<string> conditions) => new()
    {
        Id = s.Id,
        Kind = s.Loop?.Until is not null ? StepKind.Loop : s.IsGroup ? StepKind.Group : _compensations.Contains(s.Id) ? StepKind.Compensation : s.Type == "gate" ? StepKind.Gate : StepKind.Work,
        ParentId = parent,
        Title = string.IsNullOrWhiteSpace(s.Title) ? s.Id : s.Title.Trim(),
        Description = s.Description,
        Notes = s.Notes,
        Type = Type(s),
        Priority = s.Priority,
        Labels = Some(s.Labels),
        Metadata = s.Metadata.Count == 0 ? null : s.Metadata,
        Needs = s.Needs,
        WaitsFor = WaitsFor(s),
        Assignee = s.Assignee,
        Conditions = Some(conditions),
        Gates = Some(s.Gates),
        Until = s.Loop?.Until is { } until ? new UntilSpec(until, s.Loop.Max ?? 1, Body(s.Loop.Body)) : null,
        FanOut = s.OnComplete is { } f && bond((f.Bond!, $"{s.Place}.on_complete.bond")) is { } bonded
            ? new FanOutSpec(f.ForEach!, f.Bond!, f.Vars.Count == 0 ? null : f.Vars, f.Sequential, bonded.Steps, bonded.Vars) : null,
        Parallel = s.Parallel,
        Interactive = s.Interactive,
        Acceptance = Some(s.Acceptance),
        Retry = s.Retry is { Max: > 0 } ? s.Retry : null,
        TimeoutSeconds = s.TimeoutSeconds,
        OnFailure = s.OnFailure,
        Compensation = s.Compensation,
        Run = Some(s.Run),
        OutputSchema = s.OutputSchema,
        BudgetUsd = s.BudgetUsd,
        Runtime = s.Runtime,
        Model = s.Model,
        CacheKey = s.CacheKey,
        Agent = s.Agent,
        ReviewOnly = s.ReviewOnly,
    };

    IReadOnlyList<CookedStep> Body(IReadOnlyList<Step> body)
    {
        foreach (var step in body.SelectMany(b => b.Tree()).Where(b => b.Loop is not null || b.OnComplete is not null || b.Expand is not null))
            kitchen.Problems.Error(step.Place, "the body of a loop that is decided at run time holds no loop, fan-out or expansion of that kind");
        return new Flattening(kitchen, bond).Run(body);
    }

    string Type(Step s)
    {
        if (s.Type is null or "parallel" or "gate" || s.IsGroup) return "task";
        if (ItemTypes.Contains(s.Type)) return s.Type == "epic" ? "task" : s.Type;
        kitchen.Problems.Warning($"{s.Place}.type", $"\"{s.Type}\" is no type of work item; it becomes a task");
        return "task";
    }

    static ChildrenSpec? WaitsFor(Step s) => s.WaitsFor switch
    {
        null => null,
        "all-children" => new ChildrenSpec(s.Needs[0]),
        "any-children" => new ChildrenSpec(s.Needs[0], Any: true),
        var of => new ChildrenSpec(FormulaValidation.ChildrenOf().Match(of).Groups[1].Value),
    };

    static IReadOnlyList<T>? Some<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : list;
}
