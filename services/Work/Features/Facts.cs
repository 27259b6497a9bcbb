using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Work.Features;

/// <summary>The event that tells of a state an item came to.</summary>
static class Facts
{
    /// <summary>The type's public name and how the event is made.</summary>
    public static (string Type, Fact Make) Of(WorkItemState state, string? reason = null) => state switch
    {
        WorkItemState.Hooked => (WorkItemHooked.Type, (e, s) => new WorkItemHooked(e, s)),
        WorkItemState.InProgress => (WorkItemStarted.Type, (e, s) => new WorkItemStarted(e, s)),
        WorkItemState.Parked => (WorkItemParked.Type, (e, s) => new WorkItemParked(e, s)),
        WorkItemState.Submitted => (WorkItemSubmitted.Type, (e, s) => new WorkItemSubmitted(e, s)),
        WorkItemState.Closed => (WorkItemClosed.Type, (e, s) => new WorkItemClosed(e, s, reason)),
        _ => (WorkItemReopened.Type, (e, s) => new WorkItemReopened(e, s, reason)),
    };

    /// <summary>Something else than the state changed.</summary>
    public static readonly (string Type, Fact Make) Updated = (WorkItemUpdated.Type, (e, s) => new WorkItemUpdated(e, s));
}
