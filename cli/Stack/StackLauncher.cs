using System.Diagnostics;
using System.Globalization;
using ClaudeManage.Cli.Hosting;

namespace ClaudeManage.Cli.Stack;

/// <summary>Starts the keeper as a process of its own and waits until its stack is ready.</summary>
sealed class StackLauncher(StackDirectory directory, TimeProvider clock)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>The gateway's address, once everything is ready.</summary>
    public async Task<Uri> StartAsync(StackRequest request, CancellationToken ct)
    {
        directory.Create();
        var logged = File.Exists(directory.KeeperLog) ? new FileInfo(directory.KeeperLog).Length : 0;
        using var process = Launch(request);
        var town = new TownProcess(directory.Data, clock);
        var since = clock.GetTimestamp();
        while (clock.GetElapsedTime(since) < Patience)
        {
            if (process.HasExited) throw new CommandFailedException(ExitCodes.Refused, $"The stack did not start:\n{Since(logged)}");
            if (town.Pid == process.Id && town.Url is { } url) return url;
            await Task.Delay(Look, clock, ct);
        }
        throw new CommandFailedException(ExitCodes.NotReachable, $"The stack (pid {process.Id}) is not ready after {Patience.TotalMinutes:0} minutes. Its log is {directory.KeeperLog}.");
    }

    Process Launch(StackRequest request)
    {
        var self = Environment.ProcessPath ?? throw new CommandFailedException(ExitCodes.Refused, "This program cannot find itself to start it again. Run `cm stack up` without --detach.");
        string[] program = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [self, Path.Combine(AppContext.BaseDirectory, "cm.dll")] : [self];
        string[] own = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid"] : ["nohup"];
        return Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", directory.KeeperLog, .. own, .. program,
            "stack", "up", "--data", directory.Data, "--port", Number(request.Port), "--replicas", Number(request.Replicas), "--supervisors", Number(request.Supervisors)])
        { UseShellExecute = false })!;
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    string Since(long from)
    {
        using var file = new FileStream(directory.KeeperLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(Math.Max(from, file.Length - 8192), SeekOrigin.Begin);
        return new StreamReader(file).ReadToEnd().Trim();
    }
}
