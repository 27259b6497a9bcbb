using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;

namespace ClaudeManage.Work.Consumers;

/// <summary>What an assignment says about its item.</summary>
static class AssignmentEffect
{
    /// <summary>The state the item goes to, and the cause that only the last step may have.</summary>
    public static (WorkItemState To, TransitionCause? Ending) Target(AssignmentSnapshot a) => a.State switch
    {
        AssignmentState.Queued => (WorkItemState.Hooked, null),
        AssignmentState.Leased => (WorkItemState.InProgress, null),
        AssignmentState.Parked => (WorkItemState.Parked, null),
        AssignmentState.Released or AssignmentState.Exhausted => (WorkItemState.Open, null),
        _ => a.Result?.State switch
        {
            WorkItemState.Submitted => (WorkItemState.Submitted, null),
            WorkItemState.Hooked => (WorkItemState.Hooked, null),
            WorkItemState.Open => (WorkItemState.Open, null),
            _ => (WorkItemState.Closed, TransitionCause.Completed),
        },
    };

    /// <summary>Who has it and for how long that counts.</summary>
    public static void Copy(WorkItemRow item, AssignmentSnapshot a, string? reason)
    {
        var over = a.State is AssignmentState.Released or AssignmentState.Exhausted or AssignmentState.Completed;
        item.Revision = a.Revision;
        item.Fence = Math.Max(item.Fence, a.Fence);
        // Only the first word of an assignment says something new of it: the item may have left the convoy meanwhile.
        if (!over && item.AssignmentId != a.Id) item.ConvoyId = a.ConvoyId ?? item.ConvoyId;
        item.HookId = over ? null : a.HookId;
        item.AssignmentId = a.State is AssignmentState.Released or AssignmentState.Exhausted ? null : a.Id;
        item.AssignedAgentId = a.State is AssignmentState.Released or AssignmentState.Exhausted ? null : a.AgentId ?? (over ? a.Result?.By : null);
        item.Feedback = a.State switch
        {
            AssignmentState.Exhausted => a.Feedback ?? reason ?? item.Feedback,
            AssignmentState.Completed => null,
            _ => a.Feedback ?? item.Feedback,
        };
    }

    /// <summary>Written with the last step.</summary>
    public static void Finish(WorkItemRow item, AssignmentSnapshot a)
    {
        if (a.State != AssignmentState.Completed || a.Result is not { } result) return;
        var receipt = new Receipt(result.Artifacts, result.Usage, a.SessionId?.ToString());
        if (item.State == WorkItemState.Submitted)
        {
            item.Submission = new WorkItemSubmission(result.By, result.Fence, result.Branch, result.Commit, a.BaseBranch, a.Merge, a.Attempt, result.Summary, receipt, result.At, result.Output);
            item.MergeRequestId = null;
        }
        if (item.State == WorkItemState.Closed)
        {
            item.CompletedAt = result.At;
            item.Outcome = new WorkItemOutcome(Kind(result.Outcome), result.Summary ?? result.Reason, result.By, result.Fence, result.Branch, result.Commit, null, receipt, result.Output);
        }
    }

    static OutcomeKind Kind(CompletionOutcome outcome) => outcome switch
    {
        CompletionOutcome.Completed => OutcomeKind.Completed,
        CompletionOutcome.NoChange => OutcomeKind.NoChange,
        _ => OutcomeKind.Failed,
    };
}
