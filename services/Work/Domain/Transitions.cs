using System.Collections.Frozen;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Work.Domain;

/// <summary>What can make a work item change its state.</summary>
enum TransitionCause
{
    /// <summary>Hook put it on a hook.</summary>
    Slung,

    /// <summary>Hook granted a lease.</summary>
    LeaseGranted,

    /// <summary>Hook set it aside on a handoff or a gate.</summary>
    Parked,

    /// <summary>A gate opened or a handoff was taken up.</summary>
    Resumed,

    /// <summary>The lease was lost, given back or handed off.</summary>
    LeaseLost,

    /// <summary>Taken off the hook, or all attempts used.</summary>
    Released,

    /// <summary>Done with a branch that the queue lands.</summary>
    Submitted,

    /// <summary>Done without a merge.</summary>
    Completed,

    /// <summary>Landed by the merge queue.</summary>
    Merged,

    /// <summary>The merge queue refused it.</summary>
    SentBack,

    /// <summary>Somebody with the right decided that it is over.</summary>
    Decided,

    /// <summary>Somebody took the end back.</summary>
    Reopened,
}

/// <summary>One step through the table.</summary>
readonly record struct Transition(TransitionCause Cause, WorkItemState To);

/// <summary>The only ways a work item changes its state.</summary>
static class Transitions
{
    static readonly FrozenDictionary<(WorkItemState From, TransitionCause Cause), WorkItemState> Table =
        new Dictionary<(WorkItemState, TransitionCause), WorkItemState>
        {
            [(WorkItemState.Open, TransitionCause.Slung)] = WorkItemState.Hooked,
            [(WorkItemState.Hooked, TransitionCause.LeaseGranted)] = WorkItemState.InProgress,
            [(WorkItemState.Hooked, TransitionCause.Parked)] = WorkItemState.Parked,
            [(WorkItemState.InProgress, TransitionCause.Parked)] = WorkItemState.Parked,
            [(WorkItemState.Parked, TransitionCause.Resumed)] = WorkItemState.Hooked,
            [(WorkItemState.InProgress, TransitionCause.LeaseLost)] = WorkItemState.Hooked,
            [(WorkItemState.Hooked, TransitionCause.Released)] = WorkItemState.Open,
            [(WorkItemState.InProgress, TransitionCause.Released)] = WorkItemState.Open,
            [(WorkItemState.Parked, TransitionCause.Released)] = WorkItemState.Open,
            [(WorkItemState.InProgress, TransitionCause.Submitted)] = WorkItemState.Submitted,
            [(WorkItemState.InProgress, TransitionCause.Completed)] = WorkItemState.Closed,
            [(WorkItemState.Submitted, TransitionCause.Merged)] = WorkItemState.Closed,
            [(WorkItemState.Submitted, TransitionCause.SentBack)] = WorkItemState.Open,
            [(WorkItemState.Open, TransitionCause.Decided)] = WorkItemState.Closed,
            [(WorkItemState.Hooked, TransitionCause.Decided)] = WorkItemState.Closed,
            [(WorkItemState.InProgress, TransitionCause.Decided)] = WorkItemState.Closed,
            [(WorkItemState.Parked, TransitionCause.Decided)] = WorkItemState.Closed,
            [(WorkItemState.Submitted, TransitionCause.Decided)] = WorkItemState.Closed,
            [(WorkItemState.Closed, TransitionCause.Reopened)] = WorkItemState.Open,
        }.ToFrozenDictionary();

    // What a neighbour's event may imply without saying so; nobody's decision is ever implied.
    static readonly FrozenSet<TransitionCause> Implied = FrozenSet.ToFrozenSet(
    [
        TransitionCause.Slung, TransitionCause.LeaseGranted, TransitionCause.Parked, TransitionCause.Resumed,
        TransitionCause.LeaseLost, TransitionCause.Released, TransitionCause.Submitted, TransitionCause.SentBack,
    ]);

    /// <summary>Where a cause leads; null when the table does not know it from here.</summary>
    public static WorkItemState? Next(WorkItemState from, TransitionCause cause) => Table.TryGetValue((from, cause), out var to) ? to : null;

    /// <summary>Causes the table knows from a state, for the text of a refusal.</summary>
    public static IEnumerable<TransitionCause> From(WorkItemState from) => Table.Keys.Where(k => k.From == from).Select(k => k.Cause).Order();

    /// <summary>
    /// The shortest way to a state when events were late or lost in between: every step is one of the table's. Empty when
    /// it is there already; null when there is no way (a closed item stays closed).
    /// </summary>
    /// <param name="ending">A cause that may only be the last step, such as <see cref="TransitionCause.Merged"/>.</param>
    /// <param name="again">It is there already, but for an earlier lease: walk the whole round.</param>
    public static IReadOnlyList<Transition>? PathTo(WorkItemState from, WorkItemState to, TransitionCause? ending = null, bool again = false)
    {
        if (from == to && !again) return [];
        var queue = new Queue<(WorkItemState State, Transition[] Path)>([(from, [])]);
        var seen = new HashSet<WorkItemState>();
        while (queue.TryDequeue(out var at))
        {
            foreach (var ((_, cause), next) in Table.Where(t => t.Key.From == at.State && (Implied.Contains(t.Key.Cause) || t.Key.Cause == ending)).OrderBy(t => t.Key.Cause))
            {
                var path = (Transition[])[.. at.Path, new(cause, next)];
                if (next == to) return path;
                if (seen.Add(next)) queue.Enqueue((next, path));
            }
        }
        return null;
    }
}
