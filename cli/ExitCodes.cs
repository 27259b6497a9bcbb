using ClaudeManage.Client;

namespace ClaudeManage.Cli;

/// <summary>What <c>cm</c> ends with; scripts rely on it.</summary>
static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>Refused, or a check failed; the reason was printed.</summary>
    public const int Refused = 1;

    /// <summary>The command line is not understood.</summary>
    public const int Usage = 2;

    /// <summary>No town answers.</summary>
    public const int NotReachable = 3;

    /// <summary>What was named does not exist, or there is nothing to claim.</summary>
    public const int NotFound = 4;

    /// <summary>The state does not allow it: taken, changed meanwhile, lease lost.</summary>
    public const int Conflict = 5;

    /// <summary>Ended by Ctrl-C, as shells report it.</summary>
    public const int Interrupted = 130;

    public static int Of(TownProblemException problem) => problem.Status switch
    {
        404 => NotFound,
        409 or 412 => Conflict,
        _ => Refused,
    };
}

/// <summary>Ends a command with a message for a person and an exit code.</summary>
sealed class CommandFailedException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
