using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Hook.Domain;

/// <summary>What is missing before "done" may be believed.</summary>
/// <param name="Code">Stable: <c>evidence-missing</c>, <c>reason-missing</c>, <c>acceptance-failed</c>.</param>
sealed record MissingEvidence(string Code, string Detail);

/// <summary>A completion carries a receipt; nothing that could not be checked counts as passed.</summary>
static class Evidence
{
    /// <summary>Null when the completion may stand.</summary>
    /// <param name="branch">The branch the lease allows: <c>cm/item/fence</c>.</param>
    /// <param name="commands">Indexes of the item's acceptance criteria that have a command.</param>
    public static MissingEvidence? Missing(DoneRequest done, MergeStrategy merge, string? branch, IReadOnlyList<int> commands) => done.Outcome switch
    {
        CompletionOutcome.NoChange when string.IsNullOrWhiteSpace(done.Reason) =>
            new("evidence-missing", "no_change says that nothing had to change and needs a reason. Repeat it with `reason`."),
        CompletionOutcome.Completed => Landing(done, merge, branch) ?? Acceptance(done, commands),
        _ => null,
    };

    /// <summary>The state the item goes to when an attempt ends well.</summary>
    public static WorkItemState After(CompletionOutcome outcome, MergeStrategy merge) =>
        outcome == CompletionOutcome.Completed && IsQueued(merge) ? WorkItemState.Submitted : WorkItemState.Closed;

    /// <summary>Whether the merge queue lands the branch.</summary>
    public static bool IsQueued(MergeStrategy merge) => merge is MergeStrategy.Merge or MergeStrategy.Squash;

    static MissingEvidence? Landing(DoneRequest done, MergeStrategy merge, string? branch)
    {
        if (merge is MergeStrategy.None or MergeStrategy.Local) return null;
        if (!IsSha(done.Commit))
            return new("evidence-missing", "This item lands a commit, so `commit` must be the full id of the commit to land. If nothing had to change, say no_change with a reason.");
        if (!IsQueued(merge)) return null;
        if (string.IsNullOrWhiteSpace(done.Branch))
            return new("evidence-missing", $"The merge queue lands a branch, so `branch` is needed: push {branch} and name it.");
        return done.Branch == branch ? null
            : new("evidence-missing", $"This lease may hand in the branch {branch} only, and the request names {done.Branch}. Push the commit there and repeat.");
    }

    static MissingEvidence? Acceptance(DoneRequest done, IReadOnlyList<int> commands)
    {
        var results = (done.Acceptance ?? []).GroupBy(r => r.Index).ToDictionary(g => g.Key, g => g.Last());
        var missing = commands.Where(i => !results.ContainsKey(i)).ToList();
        if (missing.Count > 0)
            return new("evidence-missing", $"The item's acceptance commands have no result: {string.Join(", ", missing)}. Run them and send `acceptance` with index and exitCode of each.");
        var failed = commands.Where(i => results[i].ExitCode != 0).ToList();
        return failed.Count == 0 ? null
            : new("acceptance-failed", $"The acceptance commands {string.Join(", ", failed)} did not exit 0, so this is not done. Fix it, or say failed with a reason.");
    }

    static bool IsSha(string? text) => text is { Length: 40 or 64 } && text.All(char.IsAsciiHexDigitLower);
}
