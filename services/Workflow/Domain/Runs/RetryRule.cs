using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Workflow.Domain.Runs;

/// <summary>Whether and when a failed step is tried again.</summary>
static class RetryRule
{
    const int Longest = 86_400;

    /// <summary>Failures that may pass by themselves.</summary>
    static readonly string[] Passing = ["transient", "agent_refused", "context_full", "quota", "timeout"];

    /// <summary>The wait before the next attempt, doubled with each; null when there is none.</summary>
    /// <param name="attempt">How often it was tried.</param>
    public static TimeSpan? Wait(RetrySpec? retry, int attempt, string failureClass)
    {
        if (retry is null || attempt > retry.Max || !(retry.On ?? Passing).Contains(failureClass)) return null;
        return TimeSpan.FromSeconds(Math.Min(Longest, retry.BackoffSeconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 20))));
    }
}
