using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Hook.Dispatch;
using MassTransit;

namespace ClaudeManage.Hook.Sagas;

/// <summary>
/// How an assignment gets to run: WaitingForSlot → Starting → Running → Ended. A start that fails goes back to wait, with
/// back-off; the third in a row that is the rig's own fault opens its circuit. Every event is named in every state.
/// </summary>
sealed class DispatchStateMachine : MassTransitStateMachine<DispatchState>
{
    public DispatchStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Requested, e => e.CorrelateById(m => m.Message.AssignmentId));
        Event(() => Granted, e => Known(e.CorrelateById(m => m.Message.AssignmentId)));
        Event(() => Leased, e => Known(e.CorrelateById(m => m.Message.AssignmentId)));
        Event(() => Finished, e => Known(e.CorrelateById(m => m.Message.AssignmentId)));
        Event(() => TimedOut, e => Known(e.CorrelateById(m => m.Message.AssignmentId)));
        Event(() => Closed, e => Known(e.CorrelateById(m => m.Message.AssignmentId)));
        Event(() => Started, e => Known(e.CorrelateById(m => m.Message.Session.AssignmentId)));
        Event(() => Failed, e => Known(e.CorrelateById(m => m.Message.Session.AssignmentId)));

        Initially(When(Requested).Then(Take).TransitionTo(WaitingForSlot).Then(WakeScheduler));

        During(WaitingForSlot,
            When(Requested, IsNews).Then(Take).Then(WakeScheduler),
            When(Granted, IsNews).ThenAsync(GrantAsync).TransitionTo(Starting),
            When(Leased, IsNews).Then(Take).TransitionTo(Running),
            When(Finished, IsNews).Then(Take).TransitionTo(Ended),
            When(Started).ThenAsync(SucceededAsync),
            When(Failed).ThenAsync(FailAsync).Judge(this),
            Ignore(TimedOut), Ignore(Closed));

        During(Starting,
            When(Requested, IsNews).Then(Take).TransitionTo(WaitingForSlot).Then(WakeScheduler),
            When(Granted, IsNews).ThenAsync(GrantAsync),
            When(Leased, IsNews).Then(Take).TransitionTo(Running),
            When(Finished, IsNews).Then(Take).TransitionTo(Ended),
            When(Started).ThenAsync(SucceededAsync),
            When(Failed, c => c.Message.Session.Id == c.Saga.SessionId)
                .ThenAsync(FailAsync).Judge(this),
            When(TimedOut, c => c.Message.SessionId == c.Saga.SessionId)
                .ThenAsync(TimeOutAsync).Judge(this),
            Ignore(Closed));

        During(Running,
            When(Requested, IsNews).Then(Take).TransitionTo(WaitingForSlot).Then(WakeScheduler),
            When(Finished, IsNews).Then(Take).TransitionTo(Ended),
            When(Leased, IsNews).Then(Take),
            When(Started).ThenAsync(SucceededAsync),
            When(Failed).ThenAsync(FailAsync),
            Ignore(Granted), Ignore(TimedOut), Ignore(Closed));

        During(Ended,
            When(Requested, IsNews).Then(Take).TransitionTo(WaitingForSlot).Then(WakeScheduler),
            When(Leased, IsNews).Then(Take).TransitionTo(Running),
            Ignore(Granted), Ignore(Finished), Ignore(TimedOut), Ignore(Started), Ignore(Failed), Ignore(Closed));

        During(CircuitBroken,
            When(Closed).Then(c => c.Saga.Failures = 0).TransitionTo(WaitingForSlot).Then(WakeScheduler),
            When(Leased, IsNews).Then(Take).TransitionTo(Running),
            When(Finished, IsNews).Then(Take).TransitionTo(Ended),
            When(Requested, IsNews).Then(Take),
            Ignore(Granted), Ignore(TimedOut), Ignore(Started), Ignore(Failed));
    }

    /// <summary>Nobody was told to run it yet.</summary>
    public State WaitingForSlot { get; } = null!;

    /// <summary>A node was told, and has not taken the lease yet.</summary>
    public State Starting { get; } = null!;

    /// <summary>Under a lease.</summary>
    public State Running { get; } = null!;

    /// <summary>Nothing to run (until it is queued again).</summary>
    public State Ended { get; } = null!;

    /// <summary>Its rig's runtime failed to start too often; a person must look.</summary>
    public State CircuitBroken { get; } = null!;

    public Event<DispatchRequested> Requested { get; } = null!;

    public Event<SlotGranted> Granted { get; } = null!;

    public Event<DispatchLeased> Leased { get; } = null!;

    public Event<DispatchEnded> Finished { get; } = null!;

    public Event<StartTimedOut> TimedOut { get; } = null!;

    public Event<CircuitClosed> Closed { get; } = null!;

    public Event<SessionStarted> Started { get; } = null!;

    public Event<SessionStartFailed> Failed { get; } = null!;

    static void Known<T>(IEventCorrelationConfigurator<DispatchState, T> e) where T : class => e.OnMissingInstance(m => m.Discard());

    static bool IsNews(BehaviorContext<DispatchState, DispatchRequested> c) => c.Message.Revision >= c.Saga.Revision;

    static bool IsNews(BehaviorContext<DispatchState, SlotGranted> c) => c.Message.Revision >= c.Saga.Revision;

    static bool IsNews(BehaviorContext<DispatchState, DispatchLeased> c) => c.Message.Revision >= c.Saga.Revision;

    static bool IsNews(BehaviorContext<DispatchState, DispatchEnded> c) => c.Message.Revision >= c.Saga.Revision;

    static void Take(BehaviorContext<DispatchState, DispatchRequested> c)
    {
        c.Saga.Revision = c.Message.Revision;
        c.Saga.RigId = c.Message.RigId;
        c.Saga.WorkItemId = c.Message.WorkItemId;
    }

    static void Take(BehaviorContext<DispatchState, DispatchLeased> c) => c.Saga.Revision = c.Message.Revision;

    static void Take(BehaviorContext<DispatchState, DispatchEnded> c) => c.Saga.Revision = c.Message.Revision;

    static Task GrantAsync(BehaviorContext<DispatchState, SlotGranted> c) => Starts(c).GrantedAsync(c.Saga, c.Message, c.CancellationToken);

    static Task SucceededAsync(BehaviorContext<DispatchState, SessionStarted> c) => Starts(c).SucceededAsync(c.Saga, c.Message.Session.Id, c.CancellationToken);

    static Task FailAsync(BehaviorContext<DispatchState, SessionStartFailed> c) =>
        Starts(c).FailedAsync(c.Saga, c.Message.Session.Id, c.Message.Session.Reason ?? "no reason was given", c.Message.Fault ?? StartFault.Rig, c.CancellationToken);

    static Task TimeOutAsync(BehaviorContext<DispatchState, StartTimedOut> c) => Starts(c).TimedOutAsync(c.Saga, c.Message.SessionId, c.CancellationToken);

    static void WakeScheduler(BehaviorContext<DispatchState> c) => Starts(c).WakeScheduler();

    static Starts Starts(BehaviorContext<DispatchState> c) => c.GetServiceOrCreateInstance<Starts>();
}

static class StartJudgement
{
    /// <summary>Goes where <see cref="Starts.FailedAsync"/> decided.</summary>
    public static EventActivityBinder<DispatchState, T> Judge<T>(this EventActivityBinder<DispatchState, T> binder, DispatchStateMachine machine) where T : class => binder
        .If(c => c.Saga.Verdict == StartVerdict.Wait, x => x.TransitionTo(machine.WaitingForSlot).Then(c => c.GetServiceOrCreateInstance<Starts>().WakeScheduler()))
        .If(c => c.Saga.Verdict == StartVerdict.Break, x => x.TransitionTo(machine.CircuitBroken));
}
