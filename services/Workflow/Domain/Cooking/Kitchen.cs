using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>What all stages of one cooking share: other formulas, values, what went wrong, and the limits.</summary>
sealed class Kitchen(Func<string, Formula?> find, Func<string, string?> value, Problems problems, CancellationToken ct)
{
    /// <summary>All texts of a protomolecule together.</summary>
    const long MaxText = 16 * 1024 * 1024;

    long _steps;
    long _text;

    public Problems Problems => problems;

    public Func<string, Formula?> Find => find;

    /// <summary>A variable's value, for what is decided when it is cooked.</summary>
    public Func<string, string?> Value => value;

    /// <summary>Where a step that was replaced ends: whoever needed it needs these.</summary>
    public Dictionary<string, IReadOnlyList<string>> Ends { get; } = new(StringComparer.Ordinal);

    /// <summary>Where a step that was replaced begins.</summary>
    public Dictionary<string, IReadOnlyList<string>> Starts { get; } = new(StringComparer.Ordinal);

    /// <summary>Variables that the used formulas bring along.</summary>
    public SortedDictionary<string, Contracts.Workflow.VariableDefinition> Vars { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts steps made; false, with an error, when there are too many of them or of their text.</summary>
    public bool Admit(IReadOnlyList<Step> made, string place)
    {
        ct.ThrowIfCancellationRequested();
        foreach (var step in made.SelectMany(s => s.Tree()))
        {
            _steps++;
            _text += (step.Description?.Length ?? 0) + (step.Notes?.Length ?? 0) + (step.Title?.Length ?? 0);
        }
        if (_steps > FormulaValidation.MaxSteps) problems.Error(place, $"makes more than the limit of {FormulaValidation.MaxSteps} steps");
        else if (_text > MaxText) problems.Error(place, $"makes more than {MaxText / 1024 / 1024} MiB of text");
        else return true;
        return false;
    }

    /// <summary>Another formula of the type a place needs; null with an error otherwise.</summary>
    public Formula? Require(string name, FormulaType type, string place)
    {
        ct.ThrowIfCancellationRequested();
        if (find(name) is not { } found)
        {
            problems.Error(place, $"there is no formula \"{name}\"");
            return null;
        }
        var whole = Inheritance.Resolve(found, this);
        if (whole is null || whole.Type == type) return whole;
        problems.Error(place, $"\"{name}\" is of type {whole.Type.ToString().ToLowerInvariant()}, and a formula of type {type.ToString().ToLowerInvariant()} is needed here");
        return null;
    }

    /// <summary>Takes over variables of a formula that is used by this one; what is declared already stands.</summary>
    public void Adopt(Formula used)
    {
        foreach (var (name, definition) in used.Vars) Vars.TryAdd(name, definition);
    }
}
