using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Hosting;

/// <summary>The town that runs on a data directory, as this machine's process table shows it.</summary>
sealed class TownProcess(string dataDirectory, TimeProvider clock)
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    string LockFile => Path.Combine(dataDirectory, "town.lock");

    /// <summary>The pid in <c>town.pid</c>; null when there is none.</summary>
    public int? Pid => File.Exists(Path.Combine(dataDirectory, "town.pid"))
        && int.TryParse(File.ReadAllText(Path.Combine(dataDirectory, "town.pid")).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>Where it says it listens; null while it does not.</summary>
    public Uri? Url => File.Exists(Path.Combine(dataDirectory, "town.url")) && Uri.TryCreate(File.ReadAllText(Path.Combine(dataDirectory, "town.url")).Trim(), UriKind.Absolute, out var url) ? url : null;

    public string LogFile => Path.Combine(dataDirectory, "town.log");

    /// <summary>Whether a town holds the directory. The open lock decides, not the pid file: a number may belong to another program by now.</summary>
    public bool IsRunning
    {
        get
        {
            if (!File.Exists(LockFile)) return false;
            try
            {
                using var free = new FileStream(LockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                return false;
            }
            catch (IOException) { return true; }
        }
    }

    /// <summary>Asks the process to end and waits until it is gone.</summary>
    /// <returns>False when it still runs after <paramref name="patience"/>.</returns>
    public async Task<bool> StopAsync(int pid, TimeSpan patience, CancellationToken ct)
    {
        if (!IsTheTown(pid)) throw new CommandFailedException(ExitCodes.Refused, $"{Path.Combine(dataDirectory, "town.pid")} names the process {pid}, which does not hold {LockFile}. It is left alone; look at it with `ps {pid}`.");
        var id = ProcessIdentity.Of(pid) ?? new ProcessIdentity(pid, 0, "");
        ProcessGroup.Send(id, Signal.Terminate);
        var since = clock.GetTimestamp();
        while (clock.GetElapsedTime(since) < patience)
        {
            if (!IsRunning && !ProcessGroup.IsAlive(id)) return true;
            await Task.Delay(Look, clock, ct);
        }
        return false;
    }

    /// <summary>Starts <c>cm up</c> again as a process of its own, with its output in <c>town.log</c>.</summary>
    public static Process Launch(string dataDirectory, int port, string log)
    {
        var self = Environment.ProcessPath ?? throw new CommandFailedException(ExitCodes.Refused, "This program cannot find itself to start it again. Run `cm up` without --detach.");
        string[] program = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [self, Path.Combine(AppContext.BaseDirectory, "cm.dll")] : [self];
        // The shell only opens the log; every word of the command line stays a word of its own.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var word in (string[])["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, .. Own(), .. program, "up", "--data", dataDirectory, "--port", port.ToString(CultureInfo.InvariantCulture), "--no-browser"])
            start.ArgumentList.Add(word);
        try { return Process.Start(start)!; }
        catch (Win32Exception e) { throw new CommandFailedException(ExitCodes.Refused, $"The town cannot be started in the background: {e.Message} Run `cm up` without --detach."); }
    }

    // A session of its own, so that the terminal's end is not its end; the program is replaced, so that the pid stays.
    static string[] Own() => File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid"] : File.Exists("/bin/setsid") ? ["/bin/setsid"] : ["nohup"];

    // Whoever has the lock file open holds the directory. Without /proc the program's name must do.
    bool IsTheTown(int pid)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) return Process.GetProcessById(pid).ProcessName is "cm" or "dotnet" or "Town";
            var real = Path.GetFullPath(LockFile);
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.FullName == real);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) { return false; }
    }
}
