namespace ClaudeManage.Git;

/// <summary>git refused or failed. The message is git's own words (the end of its standard error, secrets blanked).</summary>
public sealed class GitException(string message, ProcessResult? result = null) : Exception(message)
{
    public ProcessResult? Result { get; } = result;
}

/// <summary>One call of git, as an argument array (without the leading "git").</summary>
/// <param name="Directory">Where it runs; a bare mirror, a worktree, or null for commands without a repository.</param>
public sealed record GitCall(string? Directory, params IReadOnlyList<string> Arguments)
{
    public string? Input { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>An answer longer than this is a failure, never a silently shortened list.</summary>
    public int MaxOutputBytes { get; init; } = 32 << 20;

    /// <summary>Talks to another machine, or copies much.</summary>
    public static TimeSpan Network { get; } = TimeSpan.FromMinutes(15);
}

/// <summary>
/// Runs git the way the control plane needs it: no shell, no prompt, no hook, no background process, same words in
/// every locale, and nothing taken over from a git that happens to run around us.
/// </summary>
public sealed class GitRunner(ProcessRunner processes)
{
    // On the command line because that outranks the repository's own configuration, which an agent can write.
    static readonly string[] Always =
    [
        "--no-pager", "--literal-pathspecs",
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never", "-c", "safe.directory=*",
        "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.quotePath=false", "-c", "commit.gpgSign=false",
        "-c", "core.editor=false", "-c", "sequence.editor=false", "-c", "core.askPass=", "-c", "rerere.enabled=false",
        "-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false", "-c", "push.recurseSubmodules=no", "-c", "push.followTags=false",
        "-c", "color.ui=never", "-c", "advice.detachedHead=false", "-c", "init.defaultBranch=main",
    ];

    // The system's and the user's configuration stay in force: proxies, certificates and credential helpers live there.
    static readonly string[] Kept =
        ["GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];

    const int MostLocks = 100;

    /// <summary>The result, whatever it is; after what a killed git left locked has been taken out of its way.</summary>
    public async Task<ProcessResult> TryAsync(GitCall call, CancellationToken ct = default)
    {
        for (var n = 0; ; n++)
        {
            var result = await OnceAsync(call, ct);
            if (result.Ok || n == MostLocks || !await RefLocks.ClearAsync(call, result, ct)) return result;
        }
    }

    Task<ProcessResult> OnceAsync(GitCall call, CancellationToken ct) => processes.RunAsync(
        new ProcessSpec("git", [.. Always, .. call.Arguments])
        {
            WorkingDirectory = call.Directory ?? "/",
            Environment = EnvironmentFor(call),
            Input = call.Input,
            Timeout = call.Timeout,
            // The capture keeps two halves, of which only the first is contiguous once the limit is passed.
            MaxCapturedBytes = call.MaxOutputBytes,
        }, ct);

    /// <summary>Standard output of a git that succeeded.</summary>
    /// <exception cref="GitException">Any other outcome.</exception>
    public async Task<string> RunAsync(GitCall call, CancellationToken ct = default)
    {
        var result = await TryAsync(call, ct);
        if (!result.Ok) throw Failure(call, result);
        return result.OutputTruncated ? throw new GitException($"git {call.Arguments[0]}: the answer is longer than {call.MaxOutputBytes} bytes", result) : result.StdOut;
    }

    public Task<string> RunAsync(string directory, IReadOnlyList<string> arguments, CancellationToken ct = default) => RunAsync(new GitCall(directory, arguments), ct);

    internal static GitException Failure(GitCall call, ProcessResult result) => new($"git {call.Arguments[0]}: {Words(result)}", result);

    /// <summary>What git said, at most its last 2000 characters.</summary>
    internal static string Words(ProcessResult result)
    {
        if (!result.Started || result.TimedOut) return result.Reason ?? "did not run";
        var words = GitUrl.Redact((result.StdErr.Trim() is { Length: > 0 } errors ? errors : result.StdOut.Trim()));
        return words.Length == 0 ? $"exit code {result.ExitCode}" : words.Length <= 2000 ? words : "…" + words[^2000..];
    }

    static Dictionary<string, string?> EnvironmentFor(GitCall call)
    {
        var environment = System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("GIT_", StringComparison.Ordinal) && !Kept.Contains(name))
            .ToDictionary(name => name, string? (_) => null);
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["SSH_ASKPASS_REQUIRE"] = "never";
        environment["GIT_OPTIONAL_LOCKS"] = "0";      // looking at an agent's worktree must not make its own git fail on a lock
        environment["GIT_EDITOR"] = "false";
        environment["LC_ALL"] = "C";
        environment["LANGUAGE"] = null;
        foreach (var (name, value) in call.Environment) environment[name] = value;
        return environment;
    }
}
