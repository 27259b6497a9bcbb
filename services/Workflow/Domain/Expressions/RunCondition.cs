using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClaudeManage.Workflow.Domain.Expressions;

/// <summary>What a run-time condition may look at.</summary>
interface IRunFacts
{
    /// <summary>A step's state as a word; null when there is no such step.</summary>
    string? Status(string step);

    /// <summary>A step's output; null when it has none.</summary>
    JsonElement? Output(string step);

    /// <summary>The states of what hangs below a step, or of all steps for <c>steps</c>.</summary>
    IReadOnlyList<string> Children(string step);
}

/// <summary>
/// A condition that is decided while a molecule runs: a step's status or output against a value, or <c>all</c>, <c>any</c>, <c>count</c>
/// over children. Nothing else is evaluated; <c>file.exists</c> and <c>env.X</c> belong to a step's sandbox and are not known here.
/// </summary>
sealed partial record RunCondition
{
    /// <summary>The step it looks at; <c>steps</c> for all of them; null when it belongs to a sandbox.</summary>
    public string? Step { get; private init; }

    /// <summary>It looks at files or the environment: those are the sandbox's of a step, and nobody's here.</summary>
    public bool IsOfSandbox => Step is null;

    /// <summary>Below <c>output</c>; null when it looks at the status.</summary>
    public string? Path { get; private init; }

    /// <summary><c>all</c>, <c>any</c> or <c>count</c> over children.</summary>
    public string? Aggregate { get; private init; }

    string Status { get; init; } = "";

    string Operator { get; init; } = "==";

    string Value { get; init; } = "";

    bool IsOutput { get; init; }

    /// <summary>Null when it is none of the forms.</summary>
    public static RunCondition? Parse(string text)
    {
        if (Sandbox().IsMatch(text)) return new RunCondition();
        if (Children().Match(text) is { Success: true } over)
        {
            var aggregate = over.Groups["agg"].Value;
            if (aggregate == "count" != over.Groups["op"].Success) return null;
            return new RunCondition
            {
                Step = over.Groups["of"].Success ? over.Groups["of"].Value.Trim() : "steps",
                Aggregate = aggregate,
                Status = Word(over.Groups["status"].Value),
                Operator = over.Groups["op"].Success ? Sign(over.Groups["op"].Value) : ">=",
                Value = over.Groups["n"].Value,
            };
        }
        if (Tally().Match(text) is { Success: true } tally)
            return new RunCondition { Step = "steps", Aggregate = "count", Status = Word(tally.Groups["status"].Value), Operator = Sign(tally.Groups["op"].Value), Value = tally.Groups["n"].Value };
        if (Field().Match(text) is not { Success: true } field) return null;
        var output = field.Groups["what"].Value == "output";
        if (!output && field.Groups["path"].Success) return null;
        var value = Unquote(field.Groups["value"].Value.Trim());
        return new RunCondition
        {
            Step = field.Groups["step"].Value,
            IsOutput = output,
            Path = field.Groups["path"].Success ? field.Groups["path"].Value : null,
            Operator = Sign(field.Groups["op"].Value),
            Value = output ? value : Word(value),
        };
    }

    /// <summary>The answer; null when it cannot be given from here.</summary>
    public bool? Holds(IRunFacts facts)
    {
        if (Step is null) return null;
        if (Aggregate is not null)
        {
            var states = facts.Children(Step);
            var matching = states.Count(s => Word(s) == Status);
            return Aggregate switch
            {
                "all" => matching == states.Count,
                "any" => matching > 0,
                _ => Compare(matching, decimal.Parse(Value, CultureInfo.InvariantCulture)),
            };
        }
        if (!IsOutput) return Equal(Word(facts.Status(Step) ?? ""));
        if (facts.Output(Step) is not { } output || JsonPath.Find(output, Path) is not { } found) return Operator == "!=";
        var actual = JsonPath.Text(found);
        return decimal.TryParse(actual, NumberStyles.Float, CultureInfo.InvariantCulture, out var a) && decimal.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var b)
            ? Compare(a, b) : Operator is "==" or "!=" ? Equal(actual) : Order(string.CompareOrdinal(actual, Value));
    }

    bool Equal(string actual) => Operator switch { "==" => actual == Value, "!=" => actual != Value, _ => Order(string.CompareOrdinal(actual, Value)) };

    bool Compare(decimal a, decimal b) => Operator switch { "==" => a == b, "!=" => a != b, _ => Order(a.CompareTo(b)) };

    bool Order(int sign) => Operator switch { ">" => sign > 0, ">=" => sign >= 0, "<" => sign < 0, "<=" => sign <= 0, _ => false };

    static string Sign(string op) => op == "=" ? "==" : op;

    /// <summary>The words of other dialects for the same states.</summary>
    static string Word(string status) => status switch { "complete" or "completed" or "closed" => "done", "in_progress" => "running", "open" => "pending", _ => status };

    static string Unquote(string value) => value is ['"' or '\'', .., '"' or '\''] && value[0] == value[^1] ? value[1..^1] : value;

    const string Op = "(?<op>==|!=|>=|<=|=|>|<)";

    [GeneratedRegex(@"^\s*(file\.exists\(\s*'[^']*'\s*\)|env\.[A-Za-z_][A-Za-z0-9_]*\s*(==|!=|=).*)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Sandbox();

    [GeneratedRegex(@"^\s*((children|descendants)\((?<of>[^)]*)\)|steps)\.(?<agg>all|any|count)\(\s*status\s*==?\s*['""]?(?<status>[a-z_]+)['""]?\s*\)\s*(" + Op + @"\s*(?<n>[0-9]{1,9}))?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Children();

    [GeneratedRegex(@"^\s*steps\.(?<status>[a-z_]+)\s*" + Op + @"\s*(?<n>[0-9]{1,9})\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Tally();

    [GeneratedRegex(@"^\s*(?<step>[A-Za-z0-9_\-{}][A-Za-z0-9_.\-{}]*?)\.(?<what>status|output)(\.(?<path>[A-Za-z0-9_.\-]+))?\s*" + Op + @"(?<value>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Field();
}

/// <summary>Dotted paths into JSON: names of objects, numbers of lists.</summary>
static class JsonPath
{
    /// <summary>Null when the path leads nowhere.</summary>
    public static JsonElement? Find(JsonElement from, string? path)
    {
        foreach (var part in path?.Split('.', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (from.ValueKind == JsonValueKind.Object && from.TryGetProperty(part, out var next)) from = next;
            else if (from.ValueKind == JsonValueKind.Array && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < from.GetArrayLength()) from = from[index];
            else return null;
        }
        return from;
    }

    /// <summary>A text as it is; anything else as JSON.</summary>
    public static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
