using System.Text.RegularExpressions;

namespace ClaudeManage.Workflow.Domain.Expressions;

/// <summary>What stands between braces in a formula's texts.</summary>
static partial class Placeholders
{
    // Words of the template languages that real files carry.
    static readonly HashSet<string> Reserved = ["else", "end", "this", "root", "index", "key", "first", "last"];

    /// <summary>The variables that <c>{{name}}</c> names.</summary>
    public static IEnumerable<string> Variables(string? text) =>
        text is null || !text.Contains("{{", StringComparison.Ordinal) ? [] : Variable().Matches(text).Select(m => m.Groups[1].Value).Where(n => !Reserved.Contains(n));

    /// <summary>The outputs that <c>{{steps.x.output.y}}</c> names.</summary>
    public static IEnumerable<(string Step, string? Path)> Outputs(string? text) =>
        text is null || !text.Contains("{{", StringComparison.Ordinal) ? [] : Output().Matches(text).Select(m => (m.Groups[1].Value, m.Groups[2].Success ? m.Groups[2].Value : null));

    /// <summary>Puts values in; a variable without one stays as it is written.</summary>
    public static string? Fill(string? text, Func<string, string?> value) =>
        text is null || !text.Contains("{{", StringComparison.Ordinal) ? text : Variable().Replace(text, m => Reserved.Contains(m.Groups[1].Value) ? m.Value : value(m.Groups[1].Value) ?? m.Value);

    /// <summary>Puts outputs in.</summary>
    public static string? FillOutputs(string? text, Func<string, string?, string?> output) =>
        text is null || !text.Contains("{{", StringComparison.Ordinal) ? text
            : Output().Replace(text, m => output(m.Groups[1].Value, m.Groups[2].Success ? m.Groups[2].Value : null) ?? m.Value);

    /// <summary>Puts values in for <c>{name}</c> (single braces): templates, loops, advice and fan-out use them.</summary>
    public static string? FillSingle(string? text, Func<string, string?> value) =>
        text is null || !text.Contains('{') ? text : Single().Replace(text, m => value(m.Groups[1].Value) ?? m.Value);

    [GeneratedRegex(@"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\{\{\s*steps\.([A-Za-z0-9_.\-]+?)\.output(?:\.([A-Za-z0-9_.\-]+))?\s*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Output();

    [GeneratedRegex(@"(?<!\{)\{([A-Za-z_][A-Za-z0-9_.\-]*)\}(?!\})", RegexOptions.CultureInvariant)]
    private static partial Regex Single();
}
