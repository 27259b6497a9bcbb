using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Worker;

/// <summary>What the program wrote to <c>$CM_RESULT_FILE</c>.</summary>
sealed record WorkerResult(
    CompletionOutcome? Outcome = null, string? Summary = null, string? Reason = null, IReadOnlyList<Artifact>? Artifacts = null, HandoffContext? Handoff = null, Usage? Usage = null)
{
    /// <summary>Nothing written is an empty result; text that is no JSON is the reason.</summary>
    public static WorkerResult Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new();
        try { return JsonSerializer.Deserialize<WorkerResult>(text, ClientJson.Options) ?? new(); }
        catch (JsonException) { return new(Reason: text.Trim()); }
    }
}

/// <summary>What the town is told after the program ended: one of the two.</summary>
sealed record WorkerReport(DoneRequest? Done, HandoffRequest? Handoff)
{
    /// <summary>The exit code by which a program asks for a handoff (EX_TEMPFAIL).</summary>
    public const int HandOffCode = 75;

    /// <summary>Follows from the exit code, what was committed, and the result file.</summary>
    /// <param name="landsBranch">The item is done only with a commit.</param>
    /// <param name="commit">The commit made; null when nothing was committed.</param>
    public static WorkerReport Decide(string lease, int exitCode, WorkerResult result, bool landsBranch, string? branch, string? commit, string? subject, IReadOnlyList<AcceptanceResult>? acceptance)
    {
        if (exitCode == HandOffCode)
            return new(null, new HandoffRequest(lease, null, result.Reason ?? "the program asked for a handoff", result.Handoff ?? new HandoffContext(result.Summary), commit is null ? null : branch, commit));
        if (exitCode != 0) return Failed(result.Reason ?? $"the program ended with exit code {exitCode}");
        if (result.Outcome is CompletionOutcome.Failed or CompletionOutcome.Blocked) return Ended(result.Outcome.Value, result.Reason ?? result.Summary ?? "no reason given");
        if (commit is null && (result.Outcome == CompletionOutcome.NoChange || (landsBranch && result.Reason is not null))) return Ended(CompletionOutcome.NoChange, result.Reason ?? result.Summary);
        if (commit is null && landsBranch) return Failed("the program ended well, but committed nothing and wrote no reason to $CM_RESULT_FILE");
        return new(new DoneRequest(lease, CompletionOutcome.Completed, result.Summary ?? subject, result.Reason, commit is null ? null : branch, commit, result.Artifacts, result.Usage, acceptance), null);

        WorkerReport Failed(string reason) => Ended(CompletionOutcome.Failed, reason);
        WorkerReport Ended(CompletionOutcome outcome, string? reason) => new(new DoneRequest(lease, outcome, result.Summary, reason, null, null, result.Artifacts, result.Usage, acceptance), null);
    }
}
