using System.ComponentModel;
using System.Diagnostics;
using ClaudeManage.Git;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// An agent program that does not depend on this process: it leads a session of its own, prints into its transcript
/// file and not into a pipe of ours, and its wrapper leaves the exit code in a file. So it lives on when the town
/// dies, and a later supervisor can tell how it ended.
/// </summary>
sealed class AgentProcess
{
    // Fixed text; everything variable is an argument. The traps keep the wrapper alive through the stop ladder so that
    // it can write the code, and are reset in the program it starts.
    const string Wrapper = """
        dir=$1
        shift
        exec </dev/null >>"$dir/transcript.log" 2>&1
        trap : HUP INT TERM
        "$@" <"$dir/prompt.md"
        code=$?
        echo "$code" >"$dir/exit.tmp" && mv "$dir/exit.tmp" "$dir/exit"
        exit "$code"
        """;

    static readonly TimeSpan AdoptedPoll = TimeSpan.FromMilliseconds(250);

    readonly SessionDirectory _files;
    readonly TimeProvider _clock;

    AgentProcess(ProcessIdentity identity, SessionDirectory files, TimeProvider clock, Process? child, CancellationToken ct)
    {
        (Identity, _files, _clock) = (identity, files, clock);
        Exited = child is null ? WatchAdoptedAsync(ct) : WatchChildAsync(child, ct);
    }

    public ProcessIdentity Identity { get; }

    /// <summary>The exit code; null when the program vanished without leaving one.</summary>
    public Task<int?> Exited { get; }

    /// <param name="environment">Added to this process's own; a null value removes.</param>
    /// <param name="mustExist">A program that is not there is the node's or the rig's fault, and no start; else it is the command's own, which ends with exit code 127.</param>
    /// <param name="ct">Ends the watching, not the program.</param>
    /// <exception cref="ProcessStartException">With the reason, in words.</exception>
    public static AgentProcess Start(
        SessionDirectory files, string directory, IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> environment, ProcessMark mark, bool mustExist,
        TimeProvider clock, CancellationToken ct)
    {
        if (!Directory.Exists(directory)) throw new ProcessStartException($"the working directory {directory} does not exist");
        var info = new ProcessStartInfo("setsid") { WorkingDirectory = directory, UseShellExecute = false };
        foreach (var argument in (string[])["/bin/sh", "-c", Wrapper, "agent", files.Path, .. command]) info.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            if (value is null) info.Environment.Remove(name);
            else info.Environment[name] = value;
        info.Environment[mark.Name] = mark.Value;
        if (mustExist && !CanRun(command[0], directory, info.Environment.TryGetValue("PATH", out var path) ? path : null))
            throw new ProcessStartException($"{command[0]}: no such program in {directory} or on PATH, or it may not be executed");
        try
        {
            var child = Process.Start(info) ?? throw new ProcessStartException($"{command[0]} did not start");
            return new(ProcessIdentity.Of(child.Id) ?? Unseen(child.Id), files, clock, child, ct);
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ProcessStartException($"{command[0]}: {e.Message}", e);
        }
    }

    /// <summary>Watches a program that an earlier supervisor started.</summary>
    public static AgentProcess Adopt(ProcessIdentity identity, SessionDirectory files, TimeProvider clock, CancellationToken ct) => new(identity, files, clock, null, ct);

    /// <summary>
    /// For a process that nobody saw alive: it was gone before it could be looked at, or a crash came before it was put on
    /// record. What carries its mark is still found by this.
    /// </summary>
    public static ProcessIdentity Unseen(int pid = int.MaxValue) => ProcessIdentity.Of(Environment.ProcessId)!.Value with { Pid = pid, Start = 0 };

    async Task<int?> WatchChildAsync(Process child, CancellationToken ct)
    {
        using (child)
        {
            await child.WaitForExitAsync(ct);
            return _files.ReadExit() ?? child.ExitCode;
        }
    }

    // Not our child, so the kernel does not tell us. This runs only after a restart, and only while such a program does.
    async Task<int?> WatchAdoptedAsync(CancellationToken ct)
    {
        while (ProcessGroup.IsAlive(Identity)) await Task.Delay(AdoptedPoll, _clock, ct);
        return _files.ReadExit();
    }

    static bool CanRun(string program, string directory, string? path)
    {
        if (program.Contains('/')) return Executable(Path.GetFullPath(program, directory));
        return program.Length > 0 && (path ?? "/usr/local/bin:/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Any(dir => Executable(Path.Combine(Path.GetFullPath(dir, directory), program)));
    }

    static bool Executable(string path)
    {
        const UnixFileMode any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & any) != 0);
    }
}
