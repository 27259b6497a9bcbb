using System.Runtime.InteropServices;

namespace ClaudeManage.Git;

public enum Signal { Interrupt = 2, Kill = 9, Terminate = 15 }

/// <summary>One rung: send the signal, then wait at most this long for everything to be gone.</summary>
public readonly record struct StopStep(Signal Signal, TimeSpan Wait);

/// <summary>How hard, and how patiently, something is stopped.</summary>
public sealed record StopLadder(IReadOnlyList<StopStep> Steps)
{
    /// <summary>INT, 5 s, TERM, 5 s, KILL: an agent may still write its handoff.</summary>
    public static StopLadder Default { get; } = Of(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));

    /// <summary>INT, 0.5 s, TERM, 1.5 s, KILL: for gates and for the emergency stop, well within its 10 s.</summary>
    public static StopLadder Fast { get; } = Of(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5));

    public static StopLadder Of(TimeSpan afterInterrupt, TimeSpan afterTerminate) => new([
        new(Signal.Interrupt, afterInterrupt), new(Signal.Terminate, afterTerminate), new(Signal.Kill, TimeSpan.FromSeconds(5))]);
}

static class Native
{
    const int Continue = 18;    // SIGCONT on Linux; a stopped process does not act on a signal before it runs again

    /// <summary>Sends to a process, or with a negative number to a whole group. False when there is nobody to receive it.</summary>
    public static bool Send(int pidOrGroup, Signal signal)
    {
        if (pidOrGroup is 0 or 1 or -1) return false;      // our own group, init, everybody: never meant
        var sent = kill(pidOrGroup, (int)signal) == 0;
        if (sent && signal != Signal.Kill && OperatingSystem.IsLinux()) kill(pidOrGroup, Continue);
        return sent;
    }

    [DllImport("libc", SetLastError = true)]
    static extern int kill(int pid, int signal);
}

/// <summary>Sends signals to processes that were not started here.</summary>
public static class Signals
{
    /// <summary>Sends to one process. False when there is nobody to receive it.</summary>
    public static bool Send(int pid, Signal signal) => pid > 1 && Native.Send(pid, signal);
}
