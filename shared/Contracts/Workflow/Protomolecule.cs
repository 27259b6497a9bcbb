using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Workflow;

/// <summary>What a step of a protomolecule is made of.</summary>
[JsonConverter(typeof(SnakeCase<StepKind>))]
public enum StepKind
{
    /// <summary>A piece of work for a worker.</summary>
    Work,

    /// <summary>Holds children and is over when they are.</summary>
    Group,

    /// <summary>A group that begins another iteration until its condition holds.</summary>
    Loop,

    /// <summary>Only waits: it is over when its gate opens.</summary>
    Gate,

    /// <summary>Undoes another step; runs only when that is asked for.</summary>
    Compensation,
}

/// <summary>What becomes of the molecule when a step fails for good.</summary>
[JsonConverter(typeof(SnakeCase<FailurePolicy>))]
public enum FailurePolicy
{
    /// <summary>The molecule fails.</summary>
    Fail,

    /// <summary>Whoever waits for the step goes on.</summary>
    Continue,

    /// <summary>What was done is undone, last first, and the molecule fails.</summary>
    Compensate,
}

/// <summary>A formula's variable.</summary>
/// <param name="Type"><c>string</c>, <c>int</c> or <c>bool</c>.</param>
/// <param name="RequiredUnless">Not required when one of these has a value.</param>
public sealed record VariableDefinition(
    string? Description = null,
    bool Required = false,
    string? Default = null,
    IReadOnlyList<string>? Enum = null,
    string? Pattern = null,
    string Type = "string",
    IReadOnlyList<string>? RequiredUnless = null);

/// <summary>What a step waits for although nothing blocks it.</summary>
/// <param name="Type">timer, human, mail, event, http, conditional, command, gh:run, gh:pr.</param>
/// <param name="AwaitId">What it waits for by name: an event's type, a run's number.</param>
public sealed record GateSpec(string Type, string? Id = null, string? AwaitId = null, string? Condition = null, int? TimeoutSeconds = null);

/// <summary>How often and after which wait a failed step is tried again.</summary>
/// <param name="On">Failure classes it counts for; empty means those that may pass by themselves.</param>
public sealed record RetrySpec(int Max, int BackoffSeconds = 0, IReadOnlyList<string>? On = null);

/// <summary>Run-time fan-out: one bonded formula per element of an output.</summary>
/// <param name="Body">The bonded formula's steps, cooked with this one, with ids relative to the element.</param>
/// <param name="Defaults">The bonded formula's variables.</param>
public sealed record FanOutSpec(
    string ForEach,
    string Bond,
    IReadOnlyDictionary<string, string>? Vars,
    bool Sequential,
    IReadOnlyList<CookedStep> Body,
    IReadOnlyDictionary<string, VariableDefinition> Defaults);

/// <summary>A loop that is decided at run time.</summary>
/// <param name="Body">Its steps with ids relative to the iteration.</param>
public sealed record UntilSpec(string Condition, int Max, IReadOnlyList<CookedStep> Body);

/// <summary>Waiting for the steps that a fan-out makes.</summary>
public sealed record ChildrenSpec(string Of, bool Any = false);

/// <summary>What must hold when the step is done.</summary>
public sealed record StepAcceptance(string Text, IReadOnlyList<string>? Command = null);

/// <summary>A place where other formulas may be attached.</summary>
public sealed record BondPoint(string Id, string? Description = null, string? AfterStep = null, string? BeforeStep = null, bool Parallel = false);

/// <summary>One step, expanded: nothing in it refers to the formula's text any more.</summary>
public sealed record CookedStep
{
    /// <summary>Unique in the protomolecule.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public StepKind Kind { get; init; }

    /// <summary>The group it belongs to.</summary>
    public string? ParentId { get; init; }

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>The instructions.</summary>
    public string? Description { get; init; }

    /// <summary>Anything else.</summary>
    public string? Notes { get; init; }

    /// <summary>The type of its work item.</summary>
    public string Type { get; init; } = "task";

    /// <summary>0 highest to 4.</summary>
    public int? Priority { get; init; }

    /// <summary>Labels of its work item.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Whatever the formula's author notes.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Steps that must be over first.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Waits for what a fan-out makes.</summary>
    public ChildrenSpec? WaitsFor { get; init; }

    /// <summary>Whose hook it goes to.</summary>
    public string? Assignee { get; init; }

    /// <summary>Decided when it is poured: the step is left out unless all hold.</summary>
    public IReadOnlyList<string>? Conditions { get; init; }

    /// <summary>All must be open before it starts.</summary>
    public IReadOnlyList<GateSpec>? Gates { get; init; }

    /// <summary>Of a loop.</summary>
    public UntilSpec? Until { get; init; }

    /// <summary>What its completion begins.</summary>
    public FanOutSpec? FanOut { get; init; }

    /// <summary>May run beside its neighbours.</summary>
    public bool Parallel { get; init; }

    /// <summary>Kept for whoever poured it; not slung.</summary>
    public bool Interactive { get; init; }

    /// <summary>What must hold when it is done.</summary>
    public IReadOnlyList<StepAcceptance>? Acceptance { get; init; }

    /// <summary>Whether it is tried again.</summary>
    public RetrySpec? Retry { get; init; }

    /// <summary>From its start; then it has failed.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>When it failed for good.</summary>
    public FailurePolicy OnFailure { get; init; }

    /// <summary>The step that undoes it.</summary>
    public string? Compensation { get; init; }

    /// <summary>The program and its arguments that a supervisor runs; no agent is given the step.</summary>
    public IReadOnlyList<string>? Run { get; init; }

    /// <summary>The shape its output must have.</summary>
    public JsonElement? OutputSchema { get; init; }

    /// <summary>What it may cost.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>Which runtime.</summary>
    public string? Runtime { get; init; }

    /// <summary>Which model.</summary>
    public string? Model { get; init; }

    /// <summary>Key under which its output may be used again.</summary>
    public string? CacheKey { get; init; }

    /// <summary>Which agent preset.</summary>
    public string? Agent { get; init; }

    /// <summary>Reads and reports; changes nothing.</summary>
    public bool ReviewOnly { get; init; }
}

/// <summary>A formula with everything applied that can be known before it runs. Its id is the SHA-256 of its canonical JSON.</summary>
public sealed record Protomolecule(
    string Formula,
    int Version,
    string? Description,
    string Type,
    string? Phase,
    bool Pour,
    string? Agent,
    IReadOnlyDictionary<string, VariableDefinition> Vars,
    IReadOnlyList<CookedStep> Steps,
    IReadOnlyList<BondPoint>? BondPoints = null);

/// <summary>Something to say about a formula, and where.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Place">Such as <c>steps[2].children[0]</c>.</param>
/// <param name="Line">In the source, from 1.</param>
public sealed record FormulaProblem(string Severity, string Place, string Message, int? Line = null, int? Column = null)
{
    /// <inheritdoc />
    public override string ToString() => Place.Length == 0 ? Message : $"{Place}: {Message}";
}
