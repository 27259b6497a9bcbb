using System.CommandLine;
using System.CommandLine.Help;
using ClaudeManage.Cli.Commands;
using ClaudeManage.Cli.Output;

namespace ClaudeManage.Cli;

/// <summary>All commands, in the order in which help lists them.</summary>
static class CommandTree
{
    public static RootCommand Build(CommandLine cli)
    {
        var root = new RootCommand("ClaudeManage: many coding agents at once, and no work lost.");
        foreach (var option in (Option[])[cli.Json, cli.Quiet, cli.Url, cli.Data]) root.Options.Add(option);
        Add(root, "Town", TownCommands.All(cli), EmergencyCommands.All(cli), [SchedulerCommands.Make(cli), StackCommands.Make(cli), DemoCommand.Make(cli)], RigCommands.All(cli), [StatusCommand.Make(cli), PatrolsCommand.Make(cli), PatrolsCommand.Heartbeats(cli), DoctorCommand.Make(cli)]);
        Add(root, "Work", ItemCommands.All(cli), EditCommands.All(cli), DependencyCommands.All(cli), [ImportCommands.Make(cli), ExportCommand.Make(cli)]);
        Add(root, "Assignment", HookCommands.All(cli), [WorkCommand.Make(cli)], CompletionCommands.All(cli), HandoffCommands.All(cli));
        Add(root, "Workflows", FormulaCommands.All(cli), MoleculeCommands.All(cli), [ConvoyCommands.Make(cli)]);
        Add(root, "Agents and merges", AgentCommands.All(cli), SessionCommands.All(cli), MailCommands.All(cli), MergeCommands.All(cli), [EventsCommand.Make(cli)], IncidentCommands.All(cli), DeadLetterCommands.All(cli));
        Add(root, "People", InboxCommands.All(cli), MayorCommands.All(cli), [TokenCommand.Make(cli)], ConfigCommands.All(cli), [ShellCompletion.Make(cli)]);
        HelpText.Remember(root,
        [
            "cm up --detach                                  # a town in the background",
            "cm rig add shop /path/to/repo --prefix sh",
            "cm create \"Fix login\" --rig shop --priority 1",
            "cm sling sh-x7k2m shop/pool                     # an agent of the rig does it",
            "cm status",
        ]);
        UseOwnHelp(root, cli, root);
        return root;
    }

    static void Add(RootCommand root, string group, params IEnumerable<IEnumerable<Command>> commands)
    {
        foreach (var command in commands.SelectMany(c => c)) root.Add(command.Under(group));
    }

    static void UseOwnHelp(RootCommand root, CommandLine cli, Command command)
    {
        if (command == root && root.Options.OfType<HelpOption>().FirstOrDefault() is { } help) help.Action = new HelpPrinter(cli.Terminal, asked: true);
        if (command.Subcommands.Count > 0) command.Action = new HelpPrinter(cli.Terminal, asked: false, command == root ? ExitCodes.Ok : ExitCodes.Usage);
        foreach (var sub in command.Subcommands) UseOwnHelp(root, cli, sub);
    }
}
