using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Collects what is wrong with a formula: all of it, each with its place, and not only the first.</summary>
sealed class Problems
{
    /// <summary>A source of thousands of mistakes is shown by its first ones.</summary>
    const int Most = 500;

    readonly List<FormulaProblem> _all = [];

    /// <summary>Errors and warnings in the order found.</summary>
    public IReadOnlyList<FormulaProblem> All => _all;

    /// <summary>True when it cannot be cooked.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Something that keeps it from being cooked.</summary>
    public void Error(string place, string message, Node? at = null)
    {
        HasErrors = true;
        Add("error", place, message, at);
    }

    /// <summary>Something that its author may not have meant.</summary>
    public void Warning(string place, string message, Node? at = null) => Add("warning", place, message, at);

    /// <summary>Ends the work here when there are errors.</summary>
    public void ThrowIfErrors()
    {
        if (HasErrors) throw new FormulaException(_all);
    }

    void Add(string severity, string place, string message, Node? at)
    {
        var problem = new FormulaProblem(severity, place, message, at?.Line, at?.Column);
        if (_all.Count < Most && !_all.Contains(problem)) _all.Add(problem);
    }
}

/// <summary>A formula that cannot be cooked, with everything that is wrong with it.</summary>
sealed class FormulaException(IReadOnlyList<FormulaProblem> problems) : Exception(string.Join('\n', problems.Where(p => p.Severity == "error")))
{
    /// <summary>Errors and warnings.</summary>
    public IReadOnlyList<FormulaProblem> Problems { get; } = problems;
}
