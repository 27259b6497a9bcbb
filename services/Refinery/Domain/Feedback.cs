using ClaudeManage.Contracts.Refinery;

namespace ClaudeManage.Refinery.Domain;

/// <summary>What goes back to the worker: what happened, why, what to do next.</summary>
static class Feedback
{
    public static string Conflict(string branch, string target, string targetCommit, IReadOnlyList<string> files, string? detail, string? other = null) =>
        $"The branch {branch} does not merge into {target} (now at {Short(targetCommit)}). In conflict: {List(files)}.\n"
        + (string.IsNullOrWhiteSpace(detail) ? "" : detail.Trim() + "\n")
        + $"Fetch, merge {other ?? target} into your branch, resolve these files so that both changes hold, run the gates, commit, and complete the item again.";

    public static string Gate(string gate, GateResult result, int? exitCode, int timeoutSeconds, string target, string? tail) =>
        $"The gate '{gate}' {Verb(result, exitCode, timeoutSeconds)} on your change merged into {target}; without your change it passes. "
        + "Fix it on your branch, run the gate yourself, commit, and complete the item again."
        + (string.IsNullOrWhiteSpace(tail) ? "\nIt printed nothing." : $"\nThe end of its output:\n{tail.TrimEnd()}");

    public static string Verb(GateResult result, int? exitCode, int timeoutSeconds) => result switch
    {
        GateResult.TimedOut => $"did not end within {timeoutSeconds} s and was stopped",
        GateResult.NotStarted => "could not be started",
        _ when exitCode is > 128 and < 160 => $"was ended by signal {exitCode - 128}",
        _ => $"failed with exit code {exitCode}",
    };

    public static string Missing(string branch, string? commit, int waitedSeconds) =>
        $"The commit {(string.IsNullOrEmpty(commit) ? "of the branch" : Short(commit))} was not found on the branch {branch} at the origin within {waitedSeconds} s. "
        + "Push the branch with that commit, then complete the item again.";

    public static string NotAhead(string branch, string? commit, string target) =>
        $"The branch {branch} ({Short(commit)}) has no commit that {target} does not have already, so there is nothing to land. "
        + "Commit the change on the branch; if nothing needs changing, complete the item with the outcome no_change and a reason.";

    public static string Unrelated(string branch, string target) =>
        $"The branch {branch} has no history in common with {target}. Begin a branch from {target} and put the change on it.";

    public static string Protected(string author, IReadOnlyList<string> files) =>
        $"{author} may not change these protected paths: {List(files)}. Take them out of the branch, or ask an operator to land them.";

    public static string Short(string? commit) => commit is { Length: > 10 } ? commit[..10] : commit ?? "";

    static string List(IReadOnlyList<string> files) => files.Count <= 20 ? string.Join(", ", files) : string.Join(", ", files.Take(20)) + $" and {files.Count - 20} more";
}
