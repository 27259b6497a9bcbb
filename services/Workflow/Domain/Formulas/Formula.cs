using System.Text.Json;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>What kind of formula it is.</summary>
enum FormulaType
{
    Workflow,
    Expansion,
    Aspect,
    Convoy,
}

/// <summary>A formula as it is written, read into one model whatever its syntax was.</summary>
sealed record Formula
{
    public string Name { get; init; } = "";

    public string? Description { get; init; }

    public int Version { get; init; } = 1;

    public FormulaType Type { get; init; }

    public IReadOnlyList<string> Extends { get; init; } = [];

    public IReadOnlyDictionary<string, VariableDefinition> Vars { get; init; } = new SortedDictionary<string, VariableDefinition>(StringComparer.Ordinal);

    public IReadOnlyList<Step> Steps { get; init; } = [];

    public IReadOnlyList<Step> Template { get; init; } = [];

    public Compose Compose { get; init; } = new();

    public IReadOnlyList<Advice> Advice { get; init; } = [];

    public IReadOnlyList<Pointcut> Pointcuts { get; init; } = [];

    public IReadOnlyDictionary<string, string> Prompts { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Leg> Legs { get; init; } = [];

    public Synthesis? Synthesis { get; init; }

    public OutputPlan? Output { get; init; }

    public IReadOnlyList<string> AspectIds { get; init; } = [];

    public string? Phase { get; init; }

    public bool Pour { get; init; }

    public string? Agent { get; init; }

    public bool ReviewOnly { get; init; }
}

/// <summary>A step as it is written; cooking rewrites copies of it until nothing is left to apply.</summary>
sealed record Step
{
    /// <summary>Where it stands in which source, for messages.</summary>
    public string Place { get; init; } = "";

    public string Id { get; init; } = "";

    public string? Title { get; init; }

    public string? Description { get; init; }

    public string? Notes { get; init; }

    public string? Type { get; init; }

    public int? Priority { get; init; }

    public IReadOnlyList<string> Labels { get; init; } = [];

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyList<string> Needs { get; init; } = [];

    public string? WaitsFor { get; init; }

    public string? Assignee { get; init; }

    public string? Expand { get; init; }

    public IReadOnlyDictionary<string, string> ExpandVars { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyList<string> Conditions { get; init; } = [];

    public IReadOnlyList<Step> Children { get; init; } = [];

    public IReadOnlyList<GateSpec> Gates { get; init; } = [];

    public Loop? Loop { get; init; }

    public OnComplete? OnComplete { get; init; }

    public bool Parallel { get; init; }

    public bool Interactive { get; init; }

    public IReadOnlyList<StepAcceptance> Acceptance { get; init; } = [];

    public RetrySpec? Retry { get; init; }

    public int? TimeoutSeconds { get; init; }

    public FailurePolicy OnFailure { get; init; }

    public string? Compensation { get; init; }

    public IReadOnlyList<string> Run { get; init; } = [];

    public JsonElement? OutputSchema { get; init; }

    public decimal? BudgetUsd { get; init; }

    public string? Runtime { get; init; }

    public string? Model { get; init; }

    public string? CacheKey { get; init; }

    public string? Agent { get; init; }

    public bool ReviewOnly { get; init; }

    /// <summary>Made by advice, and therefore not advised again.</summary>
    public bool Advised { get; init; }

    /// <summary>What holds children and is over when they are.</summary>
    public bool IsGroup => Children.Count > 0;

    /// <summary>It and everything below it.</summary>
    public IEnumerable<Step> Tree() => Children.Count == 0 ? [this] : Children.SelectMany(c => c.Tree()).Prepend(this);
}

/// <summary>A loop: exactly one of <see cref="Count"/>, <see cref="Range"/>, <see cref="Until"/>.</summary>
sealed record Loop(int? Count, string? Range, string? Until, int? Max, string? Var, IReadOnlyList<Step> Body);

/// <summary>Run-time fan-out as it is written.</summary>
sealed record OnComplete(string? ForEach, string? Bond, IReadOnlyDictionary<string, string> Vars, bool Parallel, bool Sequential);

/// <summary>How a formula is put together from others.</summary>
sealed record Compose
{
    public IReadOnlyList<ExpandRule> Expand { get; init; } = [];

    public IReadOnlyList<ExpandRule> Map { get; init; } = [];

    public IReadOnlyList<BranchRule> Branch { get; init; } = [];

    public IReadOnlyList<GateRule> Gate { get; init; } = [];

    public IReadOnlyList<string> Aspects { get; init; } = [];

    public IReadOnlyList<HookRule> Hooks { get; init; } = [];

    public IReadOnlyList<(BondPoint Point, string Place)> BondPoints { get; init; } = [];
}

/// <summary>Replaces a step, or every step that a glob selects, by an expansion.</summary>
sealed record ExpandRule(string Target, string With, IReadOnlyDictionary<string, string> Vars, string Place);

/// <summary>Steps beside each other between one and another.</summary>
sealed record BranchRule(string From, IReadOnlyList<string> Steps, string Join, string Place);

/// <summary>A run-time condition before a step.</summary>
sealed record GateRule(string Before, string Condition, string Place);

/// <summary>A formula attached at a bond point when its trigger holds.</summary>
sealed record HookRule(string Trigger, string Attach, string At, IReadOnlyDictionary<string, string> Vars, string Place);

/// <summary>Steps about the steps that a glob matches.</summary>
sealed record Advice(string Target, IReadOnlyList<Step> Before, IReadOnlyList<Step> After, string Place);

/// <summary>Narrows what advice applies to; a step matches when one of these does.</summary>
sealed record Pointcut(string? Glob, string? Type, string? Label, string Place);

/// <summary>One part of a convoy-type formula.</summary>
sealed record Leg(string Id, string? Title, string? Focus, string? Description, string? Agent, bool ReviewOnly, string Place);

/// <summary>What puts the legs' results together.</summary>
sealed record Synthesis(string? Title, string? Description, IReadOnlyList<string> DependsOn, string Place);

/// <summary>Where a convoy-type formula's legs write.</summary>
sealed record OutputPlan(string? Directory, string? LegPattern, string? Synthesis);
