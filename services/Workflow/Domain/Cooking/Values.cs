using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>The values of a formula's variables.</summary>
static class Values
{
    /// <summary>Longest value.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>What was given and, where nothing was, the defaults; every value that cannot be used is told.</summary>
    /// <param name="mentioned">Whether a variable that is not declared occurs in a text; a value for one that does not is a slip.</param>
    public static IReadOnlyDictionary<string, string> Resolve(
        IReadOnlyDictionary<string, VariableDefinition> vars, IReadOnlyDictionary<string, string>? given, Func<string, bool> mentioned, Problems problems)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given ?? new Dictionary<string, string>())
        {
            if (!vars.TryGetValue(name, out var v) && !mentioned(name)) problems.Error($"vars.{name}", $"the formula has no variable \"{name}\"{Similar.Suggest(name, vars.Keys)}");
            else if (value is not { Length: <= MaxLength }) problems.Error($"vars.{name}", $"a value is a text of at most {MaxLength / 1024} KiB");
            else if (v is not null && Refuse(v, value) is { } why) problems.Error($"vars.{name}", why);
            else values[name] = value;
        }
        foreach (var (name, v) in vars)
        {
            if (values.ContainsKey(name) || given?.ContainsKey(name) is true) continue;
            if (v.Default is not null) values[name] = v.Default;
            else if ((v.Required || v.RequiredUnless is not null) && v.RequiredUnless?.Any(other => given?.ContainsKey(other) is true) is not true)
                problems.Error($"vars.{name}", v.RequiredUnless is { Count: > 0 } others ? $"is required unless one of {string.Join(", ", others)} is given" : "is required");
        }
        return values;
    }

    /// <summary>Why a value cannot be that variable's; null when it can.</summary>
    public static string? Refuse(VariableDefinition v, string value)
    {
        if (v.Type == "int" && !long.TryParse(value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out _)) return $"\"{value}\" is no whole number";
        if (v.Type == "bool" && value is not ("true" or "false" or "0" or "1" or "")) return $"\"{value}\" is neither true nor false";
        if (v.Enum is { } allowed && !allowed.Contains(value)) return $"\"{value}\" is not one of {string.Join(", ", allowed)}";
        return v.Pattern is { } pattern && SafeRegex.TryMake(pattern, out _) is { } regex && !regex.IsMatch(value) ? $"\"{value}\" does not match {pattern}" : null;
    }
}
