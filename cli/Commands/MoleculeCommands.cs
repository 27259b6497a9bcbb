using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>molecule …</c>, <c>wisp</c>, <c>gate …</c>.</summary>
static class MoleculeCommands
{
    public static IEnumerable<Command> All(CommandLine cli) =>
    [
        CommandLine.Group("molecule", "Workflows that run.",
        [
            Pour(cli, "pour", "Make a molecule: every step a work item.", wisp: false), List(cli), Show(cli, "show", "A molecule with its steps and gates.", all: true),
            Show(cli, "current", "What can be worked on now.", all: false), Log(cli),
            Act(cli, "pause", "Start no more steps."), Act(cli, "resume", "Start steps again."), Act(cli, "cancel", "Give it up; what is open is cancelled."),
            Act(cli, "squash", "Fold a molecule that is over into its digest."), Act(cli, "burn", "Throw it away without a digest."), Compact(cli), Fork(cli), Migrate(cli),
            CommandLine.Group("step", "One step of a molecule.", Done(cli), Step(cli, "retry", "Try a failed step again."), Step(cli, "skip", "Leave a step out, with the reason."), Step(cli, "signal", "Open the gates of a step.")),
        ]),
        Pour(cli, "wisp", "Make a wisp: one work item with a checklist.", wisp: true),
        CommandLine.Group("gate", "What molecules wait for.", Gates(cli), Open(cli)),
    ];

    static Argument<string> Molecule() => new("molecule") { Description = "A molecule or wisp, e.g. sh-mol-x7k2m." };

    static Argument<string> StepName() => new("step") { Description = "A step's id." };

    static Command Pour(CommandLine cli, string name, string description, bool wisp)
    {
        var formula = new Argument<string>("formula") { Description = "The formula's name." };
        var (rig, vars) = (Symbols.Rig("The rig it runs in."), FormulaCommands.VarOption());
        var title = Symbols.Value("--title", "TEXT", "A title of its own.", "-t");
        var assignee = Symbols.Value("--assignee", "HOOK", "A wisp's hook (default the rig's pool).", "-a");
        return cli.Verb(name, description, [formula, rig, vars, title, assignee],
            (run, ct) => run.ShowAsync(run.Town.Pour(new PourRequest(run.Get(formula), FormulaCommands.Vars(run.Get(vars)), run.Get(rig), run.Get(title), Assignee: run.Get(assignee)), wisp), m => Write(run, m, true), m => m.Id, ct),
            wisp ? "cm wisp work --rig shop --var task=\"Fix login\"" : "cm molecule pour release --rig shop --var version=1.2.0");
    }

    static Command List(CommandLine cli)
    {
        var (rig, state) = (Symbols.Rig(), Symbols.Choice<MoleculeState>("--state", "Only in this state.", "-s"));
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "Molecules and wisps, the newest first.", [rig, state, limit, after], (run, ct) => run.ShowAsync(run.Town.Molecules(run.Get(rig), run.Get(state), run.Get(after), run.Get(limit)), page =>
        {
            var table = new Table("MOLECULE", "STATE", "STEPS", "FORMULA", "TITLE");
            foreach (var m in page.Items) table.Add(new Span(m.Id, "bold"), Of(m.State, m.Paused), $"{m.Over}/{m.Total}", m.Formula, Text.Line(m.Title));
            table.Write(run.Screen);
            run.SayNext(page.Next);
        }, page => string.Join('\n', page.Items.Select(m => m.Id)), ct), "cm molecule list --state waiting");
    }

    static Command Show(CommandLine cli, string name, string description, bool all)
    {
        var molecule = Molecule();
        return cli.Verb(name, description, [molecule], (run, ct) => run.ShowAsync(run.Town.Molecule(run.Get(molecule)), m => Write(run, m, all), m => m.Id, ct), $"cm molecule {name} sh-mol-x7k2m");
    }

    static Command Log(CommandLine cli)
    {
        var (molecule, limit, after) = (Molecule(), Symbols.Limit(), Symbols.After());
        return cli.Verb("log", "Every transition, the oldest first.", [molecule, limit, after], (run, ct) => run.ShowAsync(run.Town.MoleculeLog(run.Get(molecule), run.Get(after), run.Get(limit)), page =>
        {
            var table = new Table("AT", "STEP", "WHAT", "BY", "WHY");
            foreach (var l in page.Items) table.Add($"{l.At:u}", l.StepId ?? "", l.To is null ? l.What : $"{l.From} → {l.To}", l.Actor, Text.Line(l.Reason));
            table.Write(run.Screen);
            run.SayNext(page.Next);
        }, page => string.Join('\n', page.Items.Select(l => l.Number)), ct), "cm molecule log sh-mol-x7k2m");
    }

    static Command Act(CommandLine cli, string verb, string description)
    {
        var (molecule, reason) = (Molecule(), Symbols.Reason());
        return cli.Verb(verb, description, [molecule, reason], (run, ct) => run.ShowAsync(run.Town.ActOnMolecule(run.Get(molecule), verb, run.Get(reason)), m => Write(run, m, false), m => m.Id, ct), $"cm molecule {verb} sh-mol-x7k2m");
    }

    static Command Compact(CommandLine cli)
    {
        var dryRun = Symbols.Flag("--dry-run", "Only show what it would do.");
        return cli.Verb("compact", "Fold what has been over for long into digests; the town does so daily by itself.", [dryRun], (run, ct) => run.ShowAsync(run.Town.Compact(run.Get(dryRun)), c =>
        {
            run.Say($"{(c.DryRun ? "Would fold" : "Folded")} {c.Folded}, kept {c.Kept} that are over (molecules since {c.MoleculesBefore:u}, wisps since {c.WispsBefore:u}).");
            foreach (var id in c.UnderWay) run.Say($"{id} is over, and a step of it is still with somebody.");
            if (c.More) run.Say("There is more: say it again.");
        }, c => string.Join('\n', c.Ids), ct), "cm molecule compact --dry-run");
    }

    static Command Fork(CommandLine cli)
    {
        var (molecule, step) = (Molecule(), StepName());
        return cli.Verb("fork", "Run it again from a step on, taking over what came before.", [molecule, step],
            (run, ct) => run.ShowAsync(run.Town.ForkMolecule(run.Get(molecule), run.Get(step)), m => Write(run, m, true), m => m.Id, ct), "cm molecule fork sh-mol-x7k2m publish");
    }

    static Command Migrate(CommandLine cli)
    {
        var molecule = Molecule();
        var dryRun = Symbols.Flag("--dry-run", "Only show what it would do.");
        return cli.Verb("migrate", "Move it to what its formula says now: another molecule takes over what is done and unchanged.", [molecule, dryRun], (run, ct) => run.ShowAsync(run.Town.MigrateMolecule(run.Get(molecule), run.Get(dryRun)), plan =>
        {
            if (plan.Same)
            {
                run.Say($"{plan.Id} is of the newest form of {plan.Formula}.");
                return;
            }
            run.Say($"{plan.Id}: {plan.From[..19]} → {plan.To[..19]} of {plan.Formula}");
            foreach (var (what, steps) in new[] { ("kept", plan.Kept), ("run again", plan.Again), ("added", plan.Added), ("removed", plan.Removed), ("changed", plan.Changed), ("work taken away", plan.Stopped) })
                if (steps.Count > 0) run.Say($"  {what}: {string.Join(", ", steps)}");
            run.Say(plan.Molecule is { } heir ? $"{heir} goes on." : $"Nothing was changed. Without --dry-run another molecule goes on and {plan.Id} is cancelled.");
        }, plan => plan.Molecule ?? plan.Id, ct), "cm molecule migrate sh-mol-x7k2m --dry-run");
    }

    static Command Done(CommandLine cli)
    {
        var (molecule, step) = (Molecule(), StepName());
        var output = Symbols.Value("--output", "JSON", "What later steps may use.", "-o");
        var summary = Symbols.Value("--summary", "TEXT", "What was done.", "-m");
        return cli.Verb("done", "Tick a step.", [molecule, step, output, summary], (run, ct) =>
        {
            JsonElement? json;
            try { json = run.Get(output) is { } text ? JsonSerializer.Deserialize<JsonElement>(text) : null; }
            catch (JsonException e) { throw new CommandFailedException(ExitCodes.Usage, $"--output is no JSON: {e.Message}"); }
            return run.ShowAsync(run.Town.FinishStep(run.Get(molecule), run.Get(step), new StepDoneRequest(json, run.Get(summary))), m => Write(run, m, false), m => m.Id, ct);
        }, "cm molecule step done sh-wisp-x7k2m implement");
    }

    static Command Step(CommandLine cli, string verb, string description)
    {
        var (molecule, step, reason) = (Molecule(), StepName(), Symbols.Reason());
        return cli.Verb(verb, description, [molecule, step, reason], (run, ct) => run.ShowAsync(run.Town.ActOnStep(run.Get(molecule), run.Get(step), verb, run.Get(reason)), m => Write(run, m, false), m => m.Id, ct),
            $"cm molecule step {verb} sh-mol-x7k2m build{(verb == "skip" ? " --reason \"not needed\"" : "")}");
    }

    static Command Gates(CommandLine cli)
    {
        var molecule = Symbols.Value("--molecule", "ID", "Only of this molecule.", "-m");
        return cli.Verb("list", "Gates that are shut.", [molecule], (run, ct) => run.ShowAsync(run.Town.Gates(run.Get(molecule)), page =>
        {
            if (page.Items.Count == 0) run.Say("No gate is shut.");
            else Gates(run, page.Items);
        }, page => string.Join('\n', page.Items.Select(g => g.Id)), ct), "cm gate list");
    }

    static Command Open(CommandLine cli)
    {
        var gate = new Argument<Guid>("gate") { Description = "A gate's id; cm gate list shows them." };
        var reason = Symbols.Reason();
        return cli.Verb("open", "Open a gate. Opening it twice changes nothing.", [gate, reason],
            (run, ct) => run.ShowAsync(run.Town.OpenGate(run.Get(gate), run.Get(reason)), g => run.Screen.Line($"The {g.Type} gate of {g.StepId} is ", new Span(Text.Wire(g.State), "bold")), g => $"{g.Id}", ct),
            "cm gate open 0198c0de-0000-7000-8000-000000000000 --reason \"looks good\"");
    }

    static void Write(Invocation run, MoleculeDetail m, bool all)
    {
        run.Screen.Line(new Span(m.Id, "bold"), "  ", Of(m.State, m.Paused), $"  {m.Over}/{m.Total}  ", Text.Line(m.Title));
        if (m.Reason is not null) run.Screen.Field("why", Text.Line(m.Reason));
        var steps = m.Steps.Where(s => all || s.State is StepState.Ready or StepState.Running or StepState.Waiting or StepState.Failed).ToList();
        if (steps.Count > 0)
        {
            var table = new Table("STEP", "STATE", "ITEM", "AGENT", "USD", "TITLE") { Indent = 2 };
            foreach (var s in steps) table.Add(s.Id, Text.Wire(s.State), s.WorkItemId ?? "", s.AgentId ?? "", Cost(s), Text.Line(s.Title));
            table.Write(run.Screen);
        }
        if (m.Gates.Where(g => g.State == GateState.Waiting).ToList() is { Count: > 0 } gates) Gates(run, gates);
    }

    static string Cost(StepSnapshot s) => s.BudgetUsd is { } budget ? FormattableString.Invariant($"{s.SpentUsd:0.00} of {budget:0.00}") : s.CostUsd > 0 ? FormattableString.Invariant($"{s.CostUsd:0.00}") : "";

    static void Gates(Invocation run, IReadOnlyList<GateSnapshot> gates)
    {
        var table = new Table("GATE", "TYPE", "MOLECULE", "STEP", "WAITS FOR", "UNTIL");
        foreach (var g in gates) table.Add($"{g.Id}", g.Type, g.MoleculeId, g.StepId, Text.Line(g.Condition ?? g.AwaitId), g.DueAt is { } due ? $"{due:u}" : "");
        table.Write(run.Screen);
    }

    static Span Of(MoleculeState state, bool paused) => new(paused ? "paused" : Text.Wire(state), state switch { MoleculeState.Completed => "green", MoleculeState.Failed => "red", MoleculeState.Waiting => "yellow", _ => "blue" });
}
