namespace ClaudeManage.Git;

/// <summary>
/// A command to run: a program and its argument array, never a shell line. Nothing in it is interpreted by a shell.
/// </summary>
/// <param name="FileName">Absolute path, path relative to <see cref="WorkingDirectory"/> (with a slash), or a name looked up on PATH.</param>
/// <param name="Arguments">Handed to the program one by one, unchanged.</param>
public sealed record ProcessSpec(string FileName, IReadOnlyList<string> Arguments)
{
    static readonly IReadOnlyDictionary<string, string?> Nothing = new Dictionary<string, string?>();

    /// <summary>Null means the current directory of this process.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Additions to the environment; a null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = Nothing;

    /// <summary>Start from an empty environment instead of this process's own (so no secret of ours leaks into it).</summary>
    public bool CleanEnvironment { get; init; }

    /// <summary>Text for standard input, which is closed after it. Null: standard input is empty (a <see cref="LongProcess"/>: stays open).</summary>
    public string? Input { get; init; }

    /// <summary>Wall time after which the whole group is stopped. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for none. Not used by <see cref="LongProcess"/>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes kept in memory of each stream: the first and the last half, what lies between is left out and the result marked truncated.</summary>
    public int MaxCapturedBytes { get; init; } = 1 << 20;

    /// <summary>Both streams also go to this file, as they come (created or overwritten).</summary>
    public string? OutputFile { get; init; }

    /// <summary>Bytes after which <see cref="OutputFile"/> no longer grows; the command goes on, the result is marked truncated.</summary>
    public long MaxFileBytes { get; init; } = 64L << 20;

    /// <summary>A variable that every descendant inherits, by which those that leave the group are found. One is made up when not given.</summary>
    public ProcessMark? Mark { get; init; }

    /// <summary>How long the output may stay open (held by a grandchild) after the command itself has ended.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How it is stopped on timeout or cancellation.</summary>
    public StopLadder Ladder { get; init; } = StopLadder.Fast;
}

/// <summary>What came of a command.</summary>
/// <param name="ExitCode">-1 when it never started.</param>
/// <param name="Signal">The signal that ended it, as a shell reports it (exit code - 128); a program that itself exits with such a code looks the same.</param>
/// <param name="Reason">Why it could not start, or why it was stopped.</param>
public sealed record ProcessResult(int ExitCode, string StdOut, string StdErr, bool TimedOut, bool OutputTruncated, bool Started, TimeSpan Duration, int? Signal = null, string? Reason = null)
{
    /// <summary>It started, ended by itself, in time, with exit code 0. Anything else counts as failed.</summary>
    public bool Ok => Started && !TimedOut && ExitCode == 0;
}

public enum ProcessStream { Output, Error }

/// <summary>Receives output as it comes. The next piece is read only after the returned task is done, so memory stays bounded; the bytes are valid only until then.</summary>
public delegate ValueTask OutputHandler(ProcessStream stream, ReadOnlyMemory<byte> bytes);

/// <summary>How a process ended. <paramref name="LeftOver"/>: processes of its group or mark that had to be killed afterwards, because they outlived it.</summary>
public sealed record ProcessExit(int ExitCode, int? Signal, TimeSpan Duration, int LeftOver);

/// <summary>The command could not be started; the message says why.</summary>
public sealed class ProcessStartException(string message, Exception? inner = null) : Exception(message, inner);
