using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Convoy.Domain;

/// <summary>What a convoy knows of one of its items.</summary>
/// <param name="Slung">The convoy put it on a hook itself.</param>
/// <param name="Proved">Its merge request, when that waits for the others of its convoy.</param>
/// <param name="Hold">Why the convoy does not sling it by itself: exhausted, taken-off, refused or unanswered.</param>
sealed record ItemFact(
    string Id, string? RigId, WorkItemState? State, bool Ready, OutcomeKind? Outcome, string? AgentId, IReadOnlyList<string> BlockedBy,
    bool Trashed = false, WorkItemType? Type = null, bool Slung = false, string? Hold = null, string? HoldReason = null, string? Proved = null)
{
    /// <summary>Nothing more is done about it.</summary>
    public bool IsOver => Trashed || State is WorkItemState.Closed;
}

/// <summary>What an open, ready item waits for, which is the convoy's doing.</summary>
enum Dispatching
{
    /// <summary>Nobody has launched it.</summary>
    NotYet,

    /// <summary>People and agents sling.</summary>
    ByHand,

    /// <summary>The convoy slings.</summary>
    Slings,

    /// <summary>It would, and is paused.</summary>
    Paused,

    /// <summary>It would, and its budget is spent.</summary>
    OverBudget,
}

/// <summary>The arithmetic of an initiative.</summary>
static class Progress
{
    /// <summary>Counts per kind. An item nothing is known of yet counts as blocked, one in the trash not at all.</summary>
    public static ConvoyProgress Count(IReadOnlyCollection<ItemFact> all) => Tally([.. all.Where(i => !i.Trashed)]);

    static ConvoyProgress Tally(IReadOnlyCollection<ItemFact> items) => new(
        items.Count,
        items.Count(i => i.State is WorkItemState.Closed),
        items.Count(i => i.State is WorkItemState.Submitted),
        items.Count(i => i.State is WorkItemState.InProgress),
        items.Count(i => i.State is WorkItemState.Hooked || i is { State: WorkItemState.Open, Ready: true }),
        items.Count(i => i.State is null or WorkItemState.Parked || i is { State: WorkItemState.Open, Ready: false }),
        items.Count(i => i.Outcome is OutcomeKind.Failed));

    /// <summary>True when there is something to land and all of it is closed. An empty convoy never lands by itself.</summary>
    public static bool IsComplete(IReadOnlyCollection<ItemFact> items) => items.Any(i => !i.Trashed) && items.All(i => i.IsOver);

    /// <summary>Why an item is not moving by itself; null when it is running or over.</summary>
    public static string? WaitingFor(ItemFact item, Dispatching dispatching = Dispatching.ByHand) => item switch
    {
        { IsOver: true } => null,
        { State: null } => "news of the item",
        { State: WorkItemState.Hooked } => "a worker",
        { State: WorkItemState.Parked } => "its gate",
        { State: WorkItemState.Submitted, Proved: not null } => "the others, with which it lands",
        { State: WorkItemState.Submitted } => "the merge queue",
        { State: WorkItemState.Open, Hold: not null } => $"a person: {item.HoldReason}",
        { State: WorkItemState.Open, Ready: true } when Ids.IsStep(item.Id) => "its workflow",
        { State: WorkItemState.Open, Ready: true } => dispatching switch
        {
            Dispatching.NotYet => "the launch",
            Dispatching.Paused => "the end of the pause",
            Dispatching.OverBudget => "a higher budget",
            Dispatching.Slings => item.Slung ? "its hook" : "a free place",
            _ => "a sling",
        },
        { State: WorkItemState.Open } => item.BlockedBy.Count > 0 ? string.Join(", ", item.BlockedBy) : "something outside the convoy",
        _ => null,
    };
}
