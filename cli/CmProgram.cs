using System.CommandLine;
using ClaudeManage.Cli.Commands;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Cli.Output;

namespace ClaudeManage.Cli;

/// <summary>The program <c>cm</c>, from its arguments to its exit code.</summary>
static class CmProgram
{
    /// <summary>Runs one command line. Everything it reads and writes comes from <paramref name="terminal"/>.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, ITownHost host, CancellationToken ct)
    {
        var cli = new CommandLine(terminal, host);
        var root = CommandTree.Build(cli);
        var parsed = root.Parse(Split(args, out var rest));
        cli.PassedOn = rest;
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpPrinter { ClearsParseErrors: true } && !AsksForSuggestions(args))
        {
            foreach (var error in parsed.Errors.Select(e => e.Message).Distinct()) await terminal.Error.WriteLineAsync($"cm: {error}");
            await terminal.Error.WriteLineAsync($"Try `{HelpText.PathOf(parsed.CommandResult.Command)} --help`.");
            return ExitCodes.Usage;
        }
        return await parsed.InvokeAsync(
            new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, ct);
    }

    // A shell completing a half-written line: that it is not finished is the point.
    static bool AsksForSuggestions(string[] args) => args is [['[', ..], ..];

    // What follows `--` of `cm work` and `cm mayor` belongs to another program, and no option of it is ours. Elsewhere `--` only ends the options.
    static string[] Split(string[] args, out string[] rest)
    {
        var at = Array.IndexOf(args, "--");
        if (at >= 0 && !args[..at].Any(word => word is WorkCommand.Name or MayorCommands.Name)) at = -1;
        rest = at < 0 ? [] : args[(at + 1)..];
        return at < 0 ? args : args[..at];
    }
}
