using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>formula list</c>, <c>show</c>, <c>validate</c>, <c>cook</c>, <c>put</c>.</summary>
static class FormulaCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("formula", "Formulas: workflows as they are written.", List(cli), Show(cli), Validate(cli), Cook(cli), Put(cli))];

    /// <summary><c>name=value</c> pairs.</summary>
    public static IReadOnlyDictionary<string, string>? Vars(string[]? given)
    {
        var vars = new Dictionary<string, string>();
        foreach (var pair in given ?? [])
        {
            if (pair.IndexOf('=') is not (> 0 and var at)) throw new CommandFailedException(ExitCodes.Usage, $"'{pair}' is no variable. Say --var name=value.");
            vars[pair[..at]] = pair[(at + 1)..];
        }
        return vars.Count == 0 ? null : vars;
    }

    public static Option<string[]> VarOption() => Symbols.Values("--var", "NAME=VALUE", "A variable's value.", "-v");

    static Argument<string> Name() => new("formula") { Description = "A formula's name." };

    static Argument<string> File() => new("file") { Description = "The formula's file, TOML or JSON; - for standard input." };

    static Option<string?> InRig() => Symbols.Rig("Look into this rig's repository first.");

    static Command List(CommandLine cli)
    {
        var rig = InRig();
        return cli.Verb("list", "Formulas of the town, and those that come with it.", [rig], (run, ct) => run.ShowAsync(run.Town.Formulas(run.Get(rig)), page =>
        {
            var table = new Table("FORMULA", "TYPE", "ORIGIN", "REVISION", "DESCRIPTION");
            foreach (var f in page.Items) table.Add(new Span(f.Name, "bold"), f.Type, f.Origin, $"{f.Revision}", Text.Line(f.Description));
            table.Write(run.Screen);
        }, page => string.Join('\n', page.Items.Select(f => f.Name)), ct), "cm formula list", "cm formula list --rig shop");
    }

    static Command Show(CommandLine cli)
    {
        var (name, rig) = (Name(), InRig());
        return cli.Verb("show", "A formula's text.", [name, rig], (run, ct) => run.ShowAsync(run.Town.Formula(run.Get(name), run.Get(rig)), f => run.Screen.Raw(Text.Plain(f.Source)), f => f.Name, ct), "cm formula show release");
    }

    static Command Validate(CommandLine cli)
    {
        var file = File();
        return cli.Verb("validate", "Everything that is wrong with a formula, and what it would run.", [file], async (run, ct) =>
        {
            var ok = false;
            var code = await run.ShowAsync(run.Town.ValidateFormula(await ReadAsync(run, run.Get(file), ct)), result =>
            {
                ok = result.Ok;
                Problems(run, result.Problems);
                if (result.Cooked is { } cooked) Write(run, cooked);
            }, result =>
            {
                ok = result.Ok;
                return null;
            }, ct);
            return code != ExitCodes.Ok || ok || run.Json ? code : ExitCodes.Usage;
        }, "cm formula validate ship.formula.toml");
    }

    static Command Cook(CommandLine cli)
    {
        var (name, vars, rig) = (Name(), VarOption(), InRig());
        return cli.Verb("cook", "Cook a formula: its steps, expanded, and the protomolecule's id.", [name, vars, rig],
            (run, ct) => run.ShowAsync(run.Town.CookFormula(run.Get(name), Vars(run.Get(vars)), run.Get(rig)), cooked => Write(run, cooked), c => c.Id, ct), "cm formula cook release --var version=1.2.0");
    }

    static Command Put(CommandLine cli)
    {
        var (name, file) = (Name(), File());
        return cli.Verb("put", "Put a formula into the town, as a new revision.", [name, file], async (run, ct) =>
            await run.ShowAsync(run.Town.PutFormula(run.Get(name), await ReadAsync(run, run.Get(file), ct)), f =>
            {
                Problems(run, f.Warnings);
                run.Screen.Line(new Span(f.Name, "bold"), $" is in the town at revision {f.Revision}");
            }, f => f.Name, ct), "cm formula put ship ship.formula.toml");
    }

    static async Task<string> ReadAsync(Invocation run, string file, CancellationToken ct)
    {
        if (file == "-") return await run.ReadInputAsync(ct);
        try { return await System.IO.File.ReadAllTextAsync(file, ct); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new CommandFailedException(ExitCodes.Usage, $"{file} cannot be read: {e.Message}"); }
    }

    static void Problems(Invocation run, IReadOnlyList<FormulaProblem> problems)
    {
        foreach (var p in problems) run.Screen.Line(new Span(p.Severity, p.Severity == "error" ? "red" : "yellow"), $"  {Text.Line(p.ToString())}{(p.Line is { } line ? $" (line {line})" : "")}");
    }

    static void Write(Invocation run, CookedFormula cooked)
    {
        run.Screen.Field("id", cooked.Id);
        run.Screen.Field("waves", $"{cooked.Waves.Count}, longest chain {cooked.CriticalPath.Count}");
        var table = new Table("STEP", "KIND", "NEEDS", "TITLE");
        foreach (var s in cooked.Steps) table.Add(new Span(s.Id, "bold"), Text.Wire(s.Kind), string.Join(", ", s.Needs), Text.Line(s.Title));
        table.Write(run.Screen);
    }
}
