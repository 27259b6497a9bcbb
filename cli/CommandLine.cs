using System.CommandLine;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;

namespace ClaudeManage.Cli;

/// <summary>What all commands share: the terminal, the global options, and how a command is made.</summary>
sealed class CommandLine(Terminal terminal, ITownHost host)
{
    public Terminal Terminal { get; } = terminal;

    public ITownHost Host { get; } = host;

    /// <summary>The words after <c>--</c>.</summary>
    public IReadOnlyList<string> PassedOn { get; set; } = [];

    public Option<bool> Json { get; } = new("--json") { Description = "Print the town's answer as JSON, unchanged.", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print only ids or nothing.", Recursive = true };

    public Option<string?> Url { get; } = new("--url") { Description = "Address of the town (else CM_URL, the configuration, or the town on --data).", HelpName = "URL", Recursive = true };

    public Option<string?> Data { get; } = new("--data") { Description = "Data directory of a town on this machine (default ~/.claudemanage).", HelpName = "DIR", Recursive = true };

    /// <summary>A command that does something.</summary>
    /// <param name="examples">Lines of help; what follows <c>#</c> explains.</param>
    public Command Verb(string name, string description, IEnumerable<Symbol> symbols, Func<Invocation, CancellationToken, Task<int>> run, params string[] examples)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) command.Add(argument);
            else command.Add((Option)symbol);
        }
        command.SetAction((parsed, ct) => GuardAsync(new Invocation(this, parsed), run, ct));
        HelpText.Remember(command, examples);
        return command;
    }

    /// <summary>A command that only holds others.</summary>
    public static Command Group(string name, string description, params IEnumerable<Command> commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands) group.Add(command);
        return group;
    }

    static async Task<int> GuardAsync(Invocation run, Func<Invocation, CancellationToken, Task<int>> action, CancellationToken ct)
    {
        try { return await action(run, ct); }
        catch (CommandFailedException e) { return run.Fail(e.ExitCode, "refused", e.Message); }
        catch (TownProblemException e) { return run.Fail(e); }
        catch (TownUnreachableException e) { return run.Fail(ExitCodes.NotReachable, "unreachable", e.Message + " Is it running? `cm doctor` looks."); }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { return ExitCodes.Interrupted; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return run.Fail(ExitCodes.Refused, "io", e.Message); }
        finally { run.Dispose(); }
    }
}
