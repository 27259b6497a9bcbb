using System.CommandLine;
using System.CommandLine.Invocation;
using ClaudeManage.Cli.Hosting;

namespace ClaudeManage.Cli.Output;

/// <summary>Answers <c>--help</c>, and a command that only holds others.</summary>
/// <param name="asked">Help was asked for; then nothing else on the line matters.</param>
sealed class HelpPrinter(Terminal terminal, bool asked, int exitCode = ExitCodes.Ok) : SynchronousCommandLineAction
{
    const int Widest = 100;

    public override bool ClearsParseErrors => asked;

    public override int Invoke(ParseResult parseResult)
    {
        (exitCode == ExitCodes.Ok ? terminal.Out : terminal.Error).Write(HelpText.Of(parseResult.CommandResult.Command, Math.Min(Widest, terminal.Width)));
        return exitCode;
    }
}
