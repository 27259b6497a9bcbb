using System.Reflection;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>The formulas that come with the town; one of the same name that was put into it goes first.</summary>
static class BuiltIn
{
    const string Prefix = "formulas/", Suffix = ".formula.toml";

    static readonly Lazy<SortedDictionary<string, string>> Sources = new(() =>
    {
        var assembly = Assembly.GetExecutingAssembly();
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            all[resource[Prefix.Length..^Suffix.Length]] = reader.ReadToEnd();
        }
        return all;
    });

    /// <summary>Name and source.</summary>
    public static IReadOnlyDictionary<string, string> All => Sources.Value;
}
