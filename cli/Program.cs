using System.Runtime.InteropServices;
using ClaudeManage.Cli;
using ClaudeManage.Cli.Hosting;

// The first Ctrl-C or SIGTERM asks; what runs is stopped and given back in order. The second one ends the process.
using var stop = new CancellationTokenSource();
void Ask(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
return await CmProgram.RunAsync(args, Terminal.OfThisProcess(), new EmbeddedTown(), stop.Token);
