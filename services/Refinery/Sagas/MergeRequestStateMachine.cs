using MassTransit;
using MassTransit.Context;

namespace ClaudeManage.Refinery.Sagas;

/// <summary>
/// The flow of a merge request, and the only code that changes its state. Events are raised on the row by whoever made
/// them happen (a consumer, the queue's worker, an operator), in the transaction that records it: git and gates take
/// minutes, and no message may wait for them. Every pair of state and event is a move, a named <c>Ignore</c>, or refused.
/// </summary>
sealed class MergeRequestStateMachine : MassTransitStateMachine<MergeRequest>
{
    /// <summary>The state of a row that was not handed in yet.</summary>
    public const string NotHandedIn = "Initial";

    public State Queued { get; private set; } = null!;
    public State Batched { get; private set; } = null!;
    public State Gating { get; private set; } = null!;
    public State Landing { get; private set; } = null!;
    public State Proved { get; private set; } = null!;
    public State Merged { get; private set; } = null!;
    public State Conflicted { get; private set; } = null!;
    public State Rejected { get; private set; } = null!;
    public State Superseded { get; private set; } = null!;

    public Event<Submit> Submitted { get; private set; } = null!;
    public Event<TakeCandidate> CandidateTaken { get; private set; } = null!;
    public Event<BeginGating> GatingBegun { get; private set; } = null!;
    public Event<PassGates> GatesPassed { get; private set; } = null!;
    public Event<HoldForConvoy> HeldForConvoy { get; private set; } = null!;
    public Event<LandWithConvoy> ConvoyLands { get; private set; } = null!;
    public Event<ProveLanded> Landed { get; private set; } = null!;
    public Event<Requeue> TargetMoved { get; private set; } = null!;
    public Event<FindConflict> ConflictFound { get; private set; } = null!;
    public Event<Refusing> Refused { get; private set; } = null!;
    public Event<Withdraw> Withdrawn { get; private set; } = null!;
    public Event<TryAgain> RetryAsked { get; private set; } = null!;

    public MergeRequestStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Declare();
        OnUnhandledEvent(c => throw new TransitionRefusedException(c.Event.Name, c.Saga.CurrentState));

        Initially(When(Submitted).TransitionTo(Queued));

        During(Queued,
            When(CandidateTaken).Then(c => Take(c.Saga, c.Message)).TransitionTo(Batched),
            When(ConflictFound).Then(c => NoteConflict(c.Saga, c.Message)).TransitionTo(Conflicted),
            Ignore(TargetMoved));       // it has no candidate that could be out of date
        During(Batched,
            When(GatingBegun).TransitionTo(Gating));
        During(Gating,
            When(GatesPassed).TransitionTo(Landing),
            When(HeldForConvoy).TransitionTo(Proved));
        During(Proved,
            When(ConvoyLands).TransitionTo(Landing));
        During(Landing,
            When(Landed).Then(c => c.Saga.MergedCommit = c.Message.Commit).TransitionTo(Merged),
            When(TargetMoved).Then(c => DropCandidate(c.Saga)).IfElse(c => c.Saga.Withdrawn is null,
                wanted => wanted.TransitionTo(Queued),
                unwanted => unwanted.Then(c => c.Saga.Feedback = c.Saga.Withdrawn).TransitionTo(Superseded)),
            // The push may be on its way; whether it landed is known only when it is over.
            When(Withdrawn).Then(c => c.Saga.Withdrawn = c.Message.Reason));
        During(Batched, Gating, Proved,
            When(TargetMoved).Then(c => DropCandidate(c.Saga)).TransitionTo(Queued));
        During(Queued, Batched, Gating, Proved,
            When(Refused).Then(c => c.Saga.Feedback = c.Message.Feedback).TransitionTo(Rejected),
            When(Withdrawn).Then(c => c.Saga.Feedback = c.Message.Reason).TransitionTo(Superseded));
        During(Conflicted, Rejected,
            When(RetryAsked).Then(c => Reset(c.Saga)).TransitionTo(Queued));

        // Handed in twice is handed in once.
        foreach (var state in (State[])[Queued, Batched, Gating, Landing, Proved, Merged, Conflicted, Rejected, Superseded]) During(state, Ignore(Submitted));
        // An end is final for everything but an operator's retry; what arrives late changes nothing.
        foreach (var end in (State[])[Merged, Conflicted, Rejected, Superseded])
            During(end, Ignore(CandidateTaken), Ignore(GatingBegun), Ignore(GatesPassed), Ignore(HeldForConvoy), Ignore(ConvoyLands), Ignore(Landed), Ignore(TargetMoved), Ignore(ConflictFound), Ignore(Refused), Ignore(Withdrawn));
    }

    /// <summary>Raises an event on a row that is tracked by the running transaction.</summary>
    /// <exception cref="TransitionRefusedException">The state does not allow it; the row is unchanged.</exception>
    public Task RaiseAsync<T>(MergeRequest request, T happened, CancellationToken ct) where T : class, IMergeRequestEvent
    {
        var @event = (Event<T>)Events.Single(e => e is Event<T>);
        var consume = new MessageConsumeContext<T>(new WithoutBus(ct), happened);
        var saga = new DefaultSagaConsumeContext<MergeRequest, T>(consume, request);
        return ((StateMachine<MergeRequest>)this).RaiseEvent(new BehaviorContextProxy<T>(this, saga, consume, @event));
    }

    // Never delivered by a bus, so never looked up: the row is handed over.
    void Declare()
    {
        Event(() => Submitted, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => CandidateTaken, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => GatingBegun, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => GatesPassed, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => HeldForConvoy, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => ConvoyLands, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => Landed, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => TargetMoved, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => ConflictFound, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => Refused, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => Withdrawn, e => e.CorrelateById(_ => Guid.Empty));
        Event(() => RetryAsked, e => e.CorrelateById(_ => Guid.Empty));
    }

    static void Take(MergeRequest request, TakeCandidate candidate)
    {
        (request.Target, request.Commit, request.Base) = (candidate.Target, candidate.Commit, candidate.Base);
        (request.Candidate, request.CandidateTree, request.Tip, request.TipTree) = (candidate.Candidate, candidate.Tree, candidate.Tip, candidate.TipTree);
        request.Round++;
        request.NotBefore = null;
        request.GateRunIds = [];
    }

    static void DropCandidate(MergeRequest request) => (request.Candidate, request.CandidateTree, request.Tip, request.TipTree) = (null, null, null, null);

    static void NoteConflict(MergeRequest request, FindConflict found)
    {
        (request.Target, request.Commit, request.Base) = (found.Target, found.Commit, found.Base);
        (request.Conflict, request.Feedback) = (found.Conflict, found.Feedback);
    }

    static void Reset(MergeRequest request)
    {
        DropCandidate(request);
        (request.Conflict, request.Feedback, request.NotBefore, request.GateRunIds) = (null, null, null, []);
    }
}

/// <summary>The state does not allow the event.</summary>
sealed class TransitionRefusedException(string happened, string state) : Exception($"A merge request that is {state} does not take {happened}.");
