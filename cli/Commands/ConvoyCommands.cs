using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>convoy …</c>.</summary>
static partial class ConvoyCommands
{
    public static Command Make(CommandLine cli) => CommandLine.Group("convoy", "One objective over many items and rigs.",
        Create(cli), Stage(cli), Launch(cli), List(cli), Show(cli), Timeline(cli), Watch(cli), Set(cli), Add(cli), Remove(cli),
        Act(cli, "pause", "Sling nothing more; what nobody has begun is taken back.", (town, id) => town.PauseConvoy(id)), Act(cli, "resume", "Sling again; and land again what failed to land together.", (town, id) => town.ResumeConvoy(id)), Cancel(cli));

    static Argument<string> Convoy() => new("convoy") { Description = "A convoy, e.g. hq-cv-x7k2m." };

    static Argument<string[]> Items(ArgumentArity arity) => new("item") { Description = "Work items.", HelpName = "ITEM...", Arity = arity };

    static Command Create(CommandLine cli)
    {
        var name = new Argument<string>("name") { Description = "What it is about." };
        var items = Items(ArgumentArity.ZeroOrMore);
        var goal = Symbols.Value("--goal", "TEXT", "What is to be reached.", "-g");
        var (epic, molecule) = (Symbols.Value("--epic", "ITEM", "Its leaf children, at whatever depth."), Symbols.Value("--molecule", "MOLECULE", "The items of its steps."));
        var (rig, label) = (Symbols.Rig("Open items of this rig; together with the next three."), Symbols.Value("--label", "LABEL", "Open items with this label.", "-l"));
        var type = Symbols.Choice<WorkItemType>("--type", "Open items of this type.", "-t");
        var parent = Symbols.Value("--parent", "ITEM", "Open items below this one.");
        var dispatch = Symbols.Choice<ConvoyDispatch>("--dispatch", "Who slings its items (default manual).", "-d");
        var parallel = new Option<int?>("--max-parallel") { Description = "Items on hooks at once, 1 to 500.", HelpName = "N" };
        var stall = new Option<int?>("--stall-after") { Description = "Seconds without any move that are a stall.", HelpName = "SECONDS" };
        var (deadline, budget, notify) = (Deadline(), Budget(), Notify());
        var launch = Symbols.Flag("--launch", "Launch it at once.");
        var force = Symbols.Flag("--force", "Launch in spite of warnings.");
        var atomic = Symbols.Flag("--atomic", "The changes of all its rigs land together, or none does.");
        return cli.Verb("create", "Make a convoy of items, an epic, a molecule, or what matches. Without --launch it is staged.",
            [name, items, goal, epic, molecule, rig, label, type, parent, dispatch, parallel, stall, deadline, budget, notify, atomic, launch, force], (run, ct) =>
        {
            var query = new ConvoyQuery(run.Get(rig), run.Get(type), run.Get(label), run.Get(parent));
            return run.ShowAsync(run.Town.CreateConvoy(new CreateConvoyRequest(
                run.Get(name), run.Get(items), run.Get(goal), run.Get(dispatch), run.Get(epic), run.Get(molecule), query == new ConvoyQuery() ? null : query, run.Get(parallel), run.Get(stall),
                run.Get(launch), run.Get(force), run.Get(deadline), run.Get(budget), Named(run.Get(notify)), run.Get(atomic))), c => Line(run, c), c => c.Id, ct);
        },
        "cm convoy create \"Checkout v2\" sh-x7k2m pay-a1b2c --dispatch auto --max-parallel 4",
        "cm convoy create \"Checkout v2\" --epic sh-e1p2c --dispatch auto --launch",
        "cm convoy create \"Checkout v2\" --epic sh-e1p2c --deadline 2026-12-24T18:00Z --budget 40 --notify overseer",
        "cm convoy create \"Checkout v2\" sh-x7k2m pay-a1b2c --atomic --dispatch auto --launch",
        "cm convoy create \"Auth bugs\" --rig shop --type bug --label auth");
    }

    static Command Stage(CommandLine cli)
    {
        var convoy = Convoy();
        return cli.Verb("stage", "What a launch would do: waves, critical path, what is in the way, how long it takes. Exit code 1 when it cannot be launched.", [convoy], async (run, ct) =>
        {
            var ok = true;
            var code = await run.ShowAsync(run.Town.ConvoyPlan(run.Get(convoy)), plan =>
            {
                ok = plan.Errors.Count == 0;
                Plan(run.Screen, plan);
            }, plan => string.Join('\n', plan.Waves.SelectMany(w => w)), ct);
            return code == ExitCodes.Ok && !ok ? ExitCodes.Refused : code;
        }, "cm convoy stage hq-cv-x7k2m");
    }

    static Command Launch(CommandLine cli)
    {
        var (convoy, force) = (Convoy(), Symbols.Flag("--force", "In spite of warnings; errors refuse it all the same."));
        return cli.Verb("launch", "Begin a staged convoy.", [convoy, force], (run, ct) => run.ShowAsync(run.Town.LaunchConvoy(run.Get(convoy), run.Get(force)), c => Line(run, c), c => c.Id, ct),
            "cm convoy launch hq-cv-x7k2m", "cm convoy launch hq-cv-x7k2m --force");
    }

    static Command List(CommandLine cli)
    {
        var (rig, state) = (Symbols.Rig(), Symbols.Choice<ConvoyState>("--state", "Only in this state.", "-s"));
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "Convoys, the newest first.", [rig, state, limit, after], (run, ct) =>
            run.ShowAsync(run.Town.Convoys(run.Get(state) is { } s ? Text.Wire(s) : null, run.Get(after), run.Get(limit), run.Get(rig)), page =>
            {
                var table = new Table("CONVOY", "STATE", "CLOSED", "RUNNING", "DISPATCH", "NAME", "NOTE");
                foreach (var c in page.Items)
                    table.Add(new Span(c.Id, "bold"), Of(c.State, c.Paused), $"{c.Progress.Closed}/{c.Progress.Total}", $"{c.Progress.Running}", Text.Wire(c.Dispatch), Text.Line(c.Name), new Span(c.Stranded?.Code ?? "", "yellow"));
                table.Write(run.Screen);
                run.SayNext(page.Next);
            }, page => string.Join('\n', page.Items.Select(c => c.Id)), ct), "cm convoy list --state open");
    }

    static Command Show(CommandLine cli)
    {
        var convoy = Convoy();
        return cli.Verb("show", "A convoy: how far it is, what each item waits for, and what to do when it does not get on.", [convoy],
            (run, ct) => run.ShowAsync(run.Town.Convoy(run.Get(convoy)), c => Write(run, c), c => c.Id, ct), "cm convoy show hq-cv-x7k2m");
    }

    static Command Add(CommandLine cli)
    {
        var (convoy, items) = (Convoy(), Items(ArgumentArity.OneOrMore));
        return cli.Verb("add", "Put items into a convoy; one that has landed opens again.", [convoy, items],
            (run, ct) => run.ShowAsync(run.Town.AddConvoyItems(run.Get(convoy), run.Get(items)), c => Line(run, c), c => c.Id, ct), "cm convoy add hq-cv-x7k2m sh-a1b2c");
    }

    static Command Remove(CommandLine cli)
    {
        var (convoy, item) = (Convoy(), Symbols.Item());
        return cli.Verb("remove", "Take an item out of a convoy; what runs goes on without it.", [convoy, item],
            (run, ct) => run.ShowAsync(run.Town.RemoveConvoyItem(run.Get(convoy), run.Get(item)), c => Line(run, c), c => c.Id, ct), "cm convoy remove hq-cv-x7k2m sh-a1b2c");
    }

    static Command Act(CommandLine cli, string verb, string description, Func<TownClient, string, TownCall<ConvoySnapshot>> act)
    {
        var convoy = Convoy();
        return cli.Verb(verb, description, [convoy], (run, ct) => run.ShowAsync(act(run.Town, run.Get(convoy)), c => Line(run, c), c => c.Id, ct), $"cm convoy {verb} hq-cv-x7k2m");
    }

    static Command Cancel(CommandLine cli)
    {
        var (convoy, reason) = (Convoy(), Symbols.Reason());
        var running = Symbols.Choice<RunningWork>("--running", "What becomes of work that has begun (default finish).");
        return cli.Verb("cancel", "Give a convoy up: what is queued is taken back.", [convoy, running, reason],
            (run, ct) => run.ShowAsync(run.Town.CancelConvoy(run.Get(convoy), run.Get(running), run.Get(reason)), c => Line(run, c), c => c.Id, ct), "cm convoy cancel hq-cv-x7k2m --running stop --reason \"not wanted\"");
    }

    static void Line(Invocation run, ConvoySnapshot c) => Line(run, c.Id, c.State, c.Paused, c.Progress, c.Name);

    static void Line(Invocation run, string id, ConvoyState state, bool paused, ConvoyProgress progress, string name) =>
        run.Screen.Line(new Span(id, "bold"), "  ", Of(state, paused), $"  {progress.Closed}/{progress.Total} closed  ", Text.Line(name));

    static void Write(Invocation run, ConvoyDetail c)
    {
        var (screen, p) = (run.Screen, c.Progress);
        screen.Line(new Span(c.Id, "bold"), "  ", Of(c.State, c.Paused), "  ", new Span(Text.Line(c.Name), "bold"));
        screen.Field("goal", Text.Line(c.Goal));
        screen.Field("dispatch", $"{Text.Wire(c.Dispatch)}{(c.MaxParallel is { } most ? $", {most} at once" : "")}");
        if (c.Atomic) screen.Field("landing", "together: the changes of all its rigs, or none");
        screen.Field("progress", $"{p.Closed} of {p.Total} closed, {p.Submitted} in the merge queue, {p.Running} running, {p.Ready} ready, {p.Blocked} waiting{(p.Failed > 0 ? $", {p.Failed} failed" : "")}");
        if (c.Swarm.Count > 0) screen.Field("swarm", string.Join(", ", c.Swarm));
        Terms(screen, c);
        if (c.Stranded is { } s)
        {
            screen.Field("stranded", new Span(Text.Line(s.Reason), "yellow"));
            screen.Field("do", Text.Line(s.Next));
        }
        if (c.State is ConvoyState.Staged or ConvoyState.Open) Plan(screen, c.Plan);
        if (c.Items.Count == 0) return;
        var table = new Table("ITEM", "RIG", "STATE", "AGENT", "WAITS FOR") { Indent = 2 };
        foreach (var i in c.Items) table.Add(i.Id, i.RigId ?? "", i.State is { } state ? Text.Wire(state) : "", i.AssignedAgentId ?? "", Text.Line(i.WaitingFor));
        table.Write(screen);
    }

    static void Plan(Screen screen, ConvoyPlan plan)
    {
        foreach (var error in plan.Errors) screen.Field("error", new Span(Text.Line(error.Detail), "red"));
        foreach (var warning in plan.Warnings) screen.Field("warning", new Span(Text.Line(warning.Detail), "yellow"));
        foreach (var (wave, n) in plan.Waves.Select((w, n) => (w, n))) screen.Field($"wave {n + 1}", string.Join(' ', wave));
        if (plan.CriticalPath.Count > 1) screen.Field("longest", string.Join(" → ", plan.CriticalPath));
        screen.Field("takes", plan.Estimate is { } e
            ? $"about {Text.Age(TimeSpan.FromSeconds(e.ExpectedSeconds))} ({Text.Age(TimeSpan.FromSeconds(e.LowSeconds))} to {Text.Age(TimeSpan.FromSeconds(e.HighSeconds))}, from {Text.Count(e.Samples, "item")}). {plan.EstimateNote}".TrimEnd()
            : plan.EstimateNote);
    }

    static Span Of(ConvoyState state, bool paused) => paused && state == ConvoyState.Open ? new("paused", "yellow")
        : new(Text.Wire(state), state switch { ConvoyState.Open => "blue", ConvoyState.Landed => "green", ConvoyState.Cancelled => "grey", _ => null });
}
