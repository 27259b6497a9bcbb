using ClaudeManage.Git;

namespace ClaudeManage.Cli.Worker;

/// <summary>The git checkout a worker stands in. Only asks, except for <see cref="PushAsync"/>.</summary>
sealed class WorkingTree(string directory)
{
    readonly ProcessRunner _runner = new();

    /// <summary>Whether this is a git checkout at all.</summary>
    public async Task<bool> ExistsAsync(CancellationToken ct) => await AskAsync(ct, "rev-parse", "--is-inside-work-tree") == "true";

    /// <summary>The branch that is checked out; null when detached.</summary>
    public Task<string?> BranchAsync(CancellationToken ct) => AskAsync(ct, "symbolic-ref", "--quiet", "--short", "HEAD");

    /// <summary>The commit that is checked out; null when there is none yet.</summary>
    public Task<string?> HeadAsync(CancellationToken ct) => AskAsync(ct, "rev-parse", "--verify", "--quiet", "HEAD^{commit}");

    /// <summary>First line of the last commit's message.</summary>
    public Task<string?> SubjectAsync(CancellationToken ct) => AskAsync(ct, "log", "-1", "--format=%s");

    /// <summary>Tracked files with changes that are not committed.</summary>
    public async Task<IReadOnlyList<string>> UncommittedAsync(CancellationToken ct) =>
        [.. (await AskAsync(ct, "diff", "--name-only", "HEAD", "--") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Puts a commit on a branch of a remote, never by force.</summary>
    /// <returns>Null when it is there, else git's words.</returns>
    public async Task<string?> PushAsync(string remote, string commit, string branch, CancellationToken ct)
    {
        var result = await RunAsync(ct, "push", "--quiet", "--", remote, $"{commit}:refs/heads/{branch}");
        return result.Ok ? null : (result.Reason ?? result.StdErr).Trim();
    }

    async Task<string?> AskAsync(CancellationToken ct, params string[] arguments)
    {
        var result = await RunAsync(ct, arguments);
        return result.Ok && result.StdOut.Trim() is { Length: > 0 } text ? text : null;
    }

    Task<ProcessResult> RunAsync(CancellationToken ct, params string[] arguments) => _runner.RunAsync(new ProcessSpec("git", arguments)
    {
        WorkingDirectory = directory,
        Environment = new Dictionary<string, string?> { ["GIT_TERMINAL_PROMPT"] = "0", ["LC_ALL"] = "C" },
    }, ct);
}
