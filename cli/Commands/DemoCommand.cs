using System.CommandLine;
using ClaudeManage.Cli.Demo;
using Spectre.Console;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm demo</c>: the main job on a fresh machine, checked by itself.</summary>
static class DemoCommand
{
    public static Command Make(CommandLine cli)
    {
        var keep = Symbols.Flag("--keep", "Leave the town's data and the repositories where they are.");
        var stack = Symbols.Flag("--stack", "On separate processes with PostgreSQL and RabbitMQ: two replicas of every service, two nodes.");
        return cli.Verb("demo", "Watch it work: agents take work, die, are replaced, conflict and land; at the end it checks itself.", [keep, stack], async (run, ct) =>
        {
            var terminal = run.Terminal;
            var console = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = terminal.HasColour ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = terminal.HasColour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = terminal.IsInteractive ? InteractionSupport.Yes : InteractionSupport.No,
                Out = new AnsiConsoleOutput(terminal.Out),
            });
            var root = Directory.CreateTempSubdirectory("cm-demo-").FullName;
            return await new DemoRun(console, terminal.Clock, terminal.HasColour, run.Get(stack) ? DemoKind.Stack : DemoKind.OneProcess).RunAsync(root, run.Get(keep), ct) == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        }, "cm demo", "cm demo --keep", "cm demo --stack");
    }
}
