using System.Collections.Frozen;
using ClaudeManage.Contracts.Hook;

namespace ClaudeManage.Hook.Domain;

/// <summary>What can happen to an entry of a hook's queue.</summary>
enum AssignmentCause
{
    /// <summary>A lease is granted.</summary>
    Claim,

    /// <summary>Put on another hook while nobody has it.</summary>
    Move,

    /// <summary>The worker says it is done, with evidence.</summary>
    Complete,

    /// <summary>The lease is lost, given back, or the attempt failed: back to the queue.</summary>
    Return,

    /// <summary>Passed on to another hook, with context.</summary>
    HandOff,

    /// <summary>Set aside until a gate opens.</summary>
    Park,

    /// <summary>The gate opened.</summary>
    Open,

    /// <summary>The last attempt is used up.</summary>
    Exhaust,

    /// <summary>Taken off the hook.</summary>
    Release,
}

/// <summary>The only ways an assignment changes its state. Completed, released and exhausted are final.</summary>
static class AssignmentMoves
{
    static readonly FrozenDictionary<(AssignmentState From, AssignmentCause Cause), AssignmentState> Table =
        new Dictionary<(AssignmentState, AssignmentCause), AssignmentState>
        {
            [(AssignmentState.Queued, AssignmentCause.Claim)] = AssignmentState.Leased,
            [(AssignmentState.Queued, AssignmentCause.Move)] = AssignmentState.Queued,
            [(AssignmentState.Queued, AssignmentCause.Release)] = AssignmentState.Released,
            [(AssignmentState.Leased, AssignmentCause.Complete)] = AssignmentState.Completed,
            [(AssignmentState.Leased, AssignmentCause.Return)] = AssignmentState.Queued,
            [(AssignmentState.Leased, AssignmentCause.HandOff)] = AssignmentState.Queued,
            [(AssignmentState.Leased, AssignmentCause.Park)] = AssignmentState.Parked,
            [(AssignmentState.Leased, AssignmentCause.Exhaust)] = AssignmentState.Exhausted,
            [(AssignmentState.Leased, AssignmentCause.Release)] = AssignmentState.Released,
            [(AssignmentState.Parked, AssignmentCause.Open)] = AssignmentState.Queued,
            [(AssignmentState.Parked, AssignmentCause.Claim)] = AssignmentState.Leased,
            [(AssignmentState.Parked, AssignmentCause.Move)] = AssignmentState.Queued,
            [(AssignmentState.Parked, AssignmentCause.Release)] = AssignmentState.Released,
        }.ToFrozenDictionary();

    /// <summary>Where a cause leads; null when it is not allowed from here.</summary>
    public static AssignmentState? Next(AssignmentState from, AssignmentCause cause) => Table.TryGetValue((from, cause), out var to) ? to : null;

    /// <summary>Nothing follows.</summary>
    public static bool IsFinal(AssignmentState state) => state is AssignmentState.Completed or AssignmentState.Released or AssignmentState.Exhausted;
}
