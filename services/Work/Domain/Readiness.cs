using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Work.Domain;

/// <summary>What decides whether an item is ready. The counts are maintained, so that nobody has to look around.</summary>
/// <param name="OpenBlockers">How many of its <c>blocks</c> targets are known here and not over.</param>
/// <param name="ParentBlocked">Its parent is not over and is blocked itself, at whatever level the reason lies.</param>
/// <param name="ParentDeferred">Its parent is not over and put off.</param>
readonly record struct ReadinessFacts(
    WorkItemState State, bool Trashed, WorkItemType Type, int OpenBlockers, bool ParentBlocked, bool ParentDeferred, DateTimeOffset? DeferUntil);

/// <summary>What follows from the facts of one item.</summary>
/// <param name="Ready">Work on it may begin.</param>
/// <param name="Blocking">It counts as an open blocker of those that wait for it.</param>
/// <param name="BlocksChildren">Its children are blocked because it is.</param>
/// <param name="HidesChildren">Its direct children are put off because it is.</param>
readonly record struct Readiness(bool Ready, bool Blocking, bool BlocksChildren, bool HidesChildren)
{
    /// <summary>An open, unblocked parent does not block its children; a blocked one does; one that is over never does.</summary>
    public static Readiness Of(ReadinessFacts item, DateTimeOffset now)
    {
        var alive = item.State != WorkItemState.Closed && !item.Trashed;
        var blocked = item.OpenBlockers > 0 || item.ParentBlocked;
        var deferred = item.DeferUntil > now;
        return new Readiness(
            Ready: item.State == WorkItemState.Open && !item.Trashed && item.Type != WorkItemType.Epic && !blocked && !deferred && !item.ParentDeferred,
            Blocking: alive,
            BlocksChildren: alive && blocked,
            HidesChildren: alive && deferred);
    }
}
