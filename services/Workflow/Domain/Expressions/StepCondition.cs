using System.Text.RegularExpressions;

namespace ClaudeManage.Workflow.Domain.Expressions;

/// <summary>Whether a step is poured at all: <c>{{var}}</c>, <c>!{{var}}</c>, <c>{{var}} == v</c>, <c>{{var}} != v</c>.</summary>
sealed partial record StepCondition(string Variable, bool Negated, string? Operator, string Value)
{
    /// <summary>Null when it is not one of the four forms.</summary>
    public static StepCondition? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success || (match.Groups["not"].Success && match.Groups["op"].Success)) return null;
        var value = match.Groups["value"].Value.Trim();
        if (value is ['"' or '\'', .., '"' or '\''] && value[0] == value[^1]) value = value[1..^1];
        return new StepCondition(match.Groups["var"].Value, match.Groups["not"].Success, match.Groups["op"].Success ? match.Groups["op"].Value : null, value);
    }

    /// <summary>The answer for these values.</summary>
    public bool Holds(Func<string, string?> value)
    {
        var actual = value(Variable) ?? "";
        return Operator switch
        {
            "==" => actual == Value,
            "!=" => actual != Value,
            _ => IsTrue(actual) != Negated,
        };
    }

    /// <summary>Not empty, <c>false</c> or <c>0</c>.</summary>
    public static bool IsTrue(string text) => text is not ("" or "false" or "0");

    [GeneratedRegex(@"^\s*(?<not>!)?\s*\{\{\s*(?<var>[A-Za-z_][A-Za-z0-9_]*)\s*\}\}\s*((?<op>==|!=)(?<value>.*))?$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Form();
}
