using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.WorkflowTests.Formulas;

/// <summary>Cooks texts for tests.</summary>
static class Oven
{
    static readonly Lazy<Dictionary<string, string>> Samples = new(() => Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Samples"))
        .Select(File.ReadAllText).ToDictionary(NameOf));

    static string NameOf(string text)
    {
        var problems = new Problems();
        return FormulaReader.Read(text, problems)?.Name ?? throw new InvalidOperationException(string.Join('\n', problems.All));
    }

    public static (Protomolecule? Cooked, Problems Problems) Try(string text, IReadOnlyDictionary<string, string>? vars = null, params string[] others)
    {
        var problems = new Problems();
        var library = others.Select(o => FormulaReader.Read(o, new Problems())!).ToDictionary(f => f.Name);
        Formula? Find(string name) => library.GetValueOrDefault(name) is { } mine ? mine
            : (Samples.Value.GetValueOrDefault(name) ?? BuiltIn.All.GetValueOrDefault(name)) is { } source ? FormulaReader.Read(source, problems, name + "/") : null;
        var formula = FormulaReader.Read(text, problems);
        return (formula is null ? null : Cook.Run(formula, vars ?? new Dictionary<string, string>(), Find, problems, TestContext.Current.CancellationToken), problems);
    }

    public static Protomolecule Bake(string text, IReadOnlyDictionary<string, string>? vars = null, params string[] others)
    {
        var (cooked, problems) = Try(text, vars, others);
        Assert.DoesNotContain(problems.All, p => p.Severity == "error");
        return cooked!;
    }

    public static string Sample(string name) => Samples.Value[name];

    public static string[] Errors(string text, params string[] others) => [.. Try(text, null, others).Problems.All.Where(p => p.Severity == "error").Select(p => p.ToString())];

    public static string[] Warnings(string text, params string[] others) => [.. Try(text, null, others).Problems.All.Where(p => p.Severity == "warning").Select(p => p.ToString())];

    public static string[] Needs(this Protomolecule p, string step) => [.. p.Steps.Single(s => s.Id == step).Needs];

    public static string[] Ids(this Protomolecule p) => [.. p.Steps.Select(s => s.Id)];
}
