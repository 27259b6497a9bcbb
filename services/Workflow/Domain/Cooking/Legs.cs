using System.Text.RegularExpressions;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>
/// A convoy-type formula: every leg is a step, and the synthesis needs them. Its texts use <c>{{.leg.title}}</c> and <c>{{.name}}</c>; more of
/// that template language is left as it stands, with a warning.
/// </summary>
static partial class Legs
{
    public const string SynthesisId = "synthesis";

    public static IReadOnlyList<Step> Steps(Formula f, Kitchen kitchen)
    {
        if (f.Legs.Count == 0) return f.Steps;
        var legs = f.Legs.Select(leg => new Step
        {
            Place = leg.Place,
            Id = leg.Id,
            Title = leg.Title ?? leg.Focus ?? leg.Id,
            Description = Join(Fill(leg.Description, f, leg, leg.Place, kitchen), Prompt("base", f, leg, kitchen)),
            Agent = leg.Agent ?? f.Agent,
            ReviewOnly = leg.ReviewOnly || f.ReviewOnly,
            Parallel = true,
            Metadata = Where(f.Output?.LegPattern, f, leg, kitchen),
        }).ToList();
        if (f.Synthesis is { } s)
            legs.Add(new Step
            {
                Place = s.Place,
                Id = SynthesisId,
                Title = s.Title ?? "Synthesis",
                Description = Join(Fill(s.Description, f, null, s.Place, kitchen), Prompt("synthesis", f, null, kitchen)),
                Needs = s.DependsOn.Count > 0 ? s.DependsOn : [.. f.Legs.Select(l => l.Id)],
                Agent = f.Agent,
                ReviewOnly = f.ReviewOnly,
                Metadata = Where(f.Output?.Synthesis, f, null, kitchen),
            });
        return [.. f.Steps, .. legs];
    }

    static SortedDictionary<string, string> Where(string? file, Formula f, Leg? leg, Kitchen kitchen)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var path = string.Join('/', new[] { f.Output?.Directory?.TrimEnd('/'), file }.Where(p => !string.IsNullOrEmpty(p)));
        if (path.Length > 0) metadata["output_path"] = Fill(path, f, leg, "output", kitchen)!;
        if (leg?.Focus is { } focus) metadata["focus"] = focus;
        return metadata;
    }

    static string? Prompt(string name, Formula f, Leg? leg, Kitchen kitchen) => f.Prompts.TryGetValue(name, out var prompt) ? Fill(prompt, f, leg, $"prompts.{name}", kitchen) : null;

    static string? Join(string? description, string? prompt) => prompt is null ? description : description is null ? prompt : $"{description.TrimEnd()}\n\n---\nBase Prompt:\n{prompt}";

    static string? Fill(string? text, Formula f, Leg? leg, string place, Kitchen kitchen)
    {
        if (text is null || !text.Contains("{{", StringComparison.Ordinal)) return text;
        var filled = Field().Replace(text, m => m.Groups[1].Value switch
        {
            "formula_name" => f.Name,
            "leg.id" when leg is not null => leg.Id,
            "leg.title" when leg is not null => leg.Title ?? leg.Id,
            "leg.focus" when leg is not null => leg.Focus ?? "",
            "leg.description" when leg is not null => leg.Description ?? "",
            var name when f.Vars.ContainsKey(name) => $"{{{{{name}}}}}",
            _ => m.Value,
        });
        if (GoTemplate().Match(filled) is { Success: true } left)
            kitchen.Problems.Warning(place, $"\"{left.Value}\" is left as it stands: of that template language only fields of legs and inputs are filled in");
        return filled;
    }

    [GeneratedRegex(@"\{\{-?\s*\.([A-Za-z_][A-Za-z0-9_.]*)\s*-?\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Field();

    [GeneratedRegex(@"\{\{-?\s*(\.[A-Za-z_][A-Za-z0-9_.]*|(if|range|with|end|else)\b[^}]*)\s*-?\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex GoTemplate();
}
