using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ClaudeManage.Git;

/// <summary>
/// Starts a command as the leader of its own session, so that it and its children can be signalled as a whole and have
/// no terminal to ask questions on. .NET cannot do that itself. We go through setsid(1), which in a fresh child calls
/// setsid(2) and execs: the pid stays the same and is the session's and group's number. A posix_spawn of our own would
/// take the child away from .NET's reaper and pipe handling, for nothing gained.
/// </summary>
static class Launcher
{
    static readonly string? SetSid = FindHere("setsid");

    /// <summary>
    /// What comes before setsid(1). A shell starts its background jobs with the keyboard's signals ignored, .NET hands that on, and a shell
    /// that was born so cannot trap them: no child of <c>cm up &amp;</c> could be interrupted politely. env(1) of coreutils 8.31 undoes it.
    /// </summary>
    static readonly string[] Attentive = IgnoresInterrupts() && FindHere("env") is { } env && Undoes(env) ? [env, DefaultSignals] : [];

    const string DefaultSignals = "--default-signal=INT,QUIT";

    /// <summary>What setsid(1) prints when the exec behind it failed; only then were exit codes 126 and 127 its own.</summary>
    public const string ExecFailed = "setsid: failed to execute";

    /// <exception cref="ProcessStartException">With the reason, in words.</exception>
    public static Process Start(ProcessSpec spec, ProcessMark mark)
    {
        var directory = spec.WorkingDirectory ?? Environment.CurrentDirectory;
        if (!Directory.Exists(directory)) throw new ProcessStartException($"the working directory {directory} does not exist");
        var info = new ProcessStartInfo
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (spec.CleanEnvironment) info.Environment.Clear();
        foreach (var (name, value) in spec.Environment)
            if (value is null) info.Environment.Remove(name);
            else info.Environment[name] = value;
        info.Environment[mark.Name] = mark.Value;

        // Looked up here, in the PATH the command will have: behind setsid a missing program would only be an exit code.
        var path = info.Environment.TryGetValue("PATH", out var own) && own is not null ? own : "/usr/local/bin:/usr/bin:/bin";
        var program = Find(spec.FileName, path, directory)
            ?? throw new ProcessStartException($"{spec.FileName}: no such program (or it may not be executed)");
        string[] line = [.. Attentive, .. SetSid is null ? [] : (string[])[SetSid], program, .. spec.Arguments];
        info.FileName = line[0];
        foreach (var argument in line[1..]) info.ArgumentList.Add(argument);
        try
        {
            return Process.Start(info) ?? throw new ProcessStartException($"{spec.FileName} did not start");
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            throw new ProcessStartException($"{spec.FileName}: {e.Message}", e);
        }
    }

    static bool IgnoresInterrupts()
    {
        const string field = "SigIgn:";
        try
        {
            var ignored = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal))?[field.Length..].Trim();
            return ulong.TryParse(ignored, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask) && (mask & Interrupt) != 0;
        }
        catch (IOException) { return false; }
    }

    /// <summary>SIGINT (2) in a mask of signals.</summary>
    const ulong Interrupt = 1 << 1;

    static bool Undoes(string env)
    {
        using var trial = Process.Start(new ProcessStartInfo(env, [DefaultSignals, "true"]) { RedirectStandardError = true });
        trial?.WaitForExit();
        return trial?.ExitCode == 0;
    }

    static string? FindHere(string name) => Find(name, Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin", "/");

    static string? Find(string name, string path, string directory)
    {
        if (name.Contains('/')) return Executable(Path.GetFullPath(name, directory));
        return name.Length == 0 ? null : path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(dir => Executable(Path.Combine(Path.GetFullPath(dir, directory), name))).FirstOrDefault(found => found is not null);
    }

    static string? Executable(string path)
    {
        const UnixFileMode any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & any) != 0 ? path : null;
    }
}
