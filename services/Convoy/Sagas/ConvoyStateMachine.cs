using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Running;
using MassTransit;

namespace ClaudeManage.Convoy.Sagas;

/// <summary>
/// The life of a convoy: Staged → Open → Landed (→ Open again when items are added or opened again) / Cancelled. A sling makes one that is open;
/// POST makes one that is staged. Every message is named in every state; what is for no convoy finds no row and is dropped.
/// </summary>
sealed class ConvoyStateMachine : MassTransitStateMachine<ConvoyRow>
{
    public ConvoyStateMachine()
    {
        InstanceState(c => c.State);
        Event(() => Ensured, e => e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId)));
        Event(() => Evaluated, e => Known(e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId))));
        Event(() => CheckIsDue, e => Known(e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId))));
        Event(() => DeadlineIsDue, e => Known(e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId))));
        Event(() => MergesAreHeld, e => Known(e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId))));
        Event(() => LandingWasCompleted, e => Known(e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId))));
        Event(() => LandingHasFailed, e => Known(e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId))));
        Event(() => SlingWasRefused, e => Known(e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.PlanId))));

        Initially(When(Ensured).TransitionTo(Open).ThenAsync(c => Run(c).MadeBySlingAsync(c.Saga, c.Message, c.CancellationToken)));
        During(Staged,
            When(Ensured).ThenAsync(c => Run(c).SlungWhileStagedAsync(c.Saga, c.Message, c.CancellationToken)),
            Ignore(Evaluated), Ignore(CheckIsDue), Ignore(DeadlineIsDue), Ignore(SlingWasRefused), Ignore(MergesAreHeld), Ignore(LandingWasCompleted), Ignore(LandingHasFailed));
        During(Open,
            When(Ensured).ThenAsync(c => Run(c).AddAsync(c.Saga, c.Message.WorkItemIds, c.Message.RequestedBy, c.CancellationToken)),
            When(Evaluated).ThenAsync(c => Run(c).EvaluateAsync(c.Saga, c.CancellationToken)),
            When(CheckIsDue).ThenAsync(c => Run(c).CheckAsync(c.Saga, c.Message.Token, c.CancellationToken)),
            When(DeadlineIsDue).ThenAsync(c => Run(c).DeadlineDueAsync(c.Saga, c.Message.Token, c.CancellationToken)),
            When(MergesAreHeld).ThenAsync(c => Run(c).HeldAsync(c.Saga, c.Message, c.CancellationToken)),
            When(LandingWasCompleted).ThenAsync(c => Run(c).LandingCompletedAsync(c.Saga, c.Message, c.CancellationToken)),
            When(LandingHasFailed).ThenAsync(c => Run(c).LandingFailedAsync(c.Saga, c.Message, c.CancellationToken)),
            When(SlingWasRefused).ThenAsync(c => Run(c).SlingRefusedAsync(c.Saga, c.Message, c.CancellationToken)));
        During(Landed,
            When(Ensured).ThenAsync(c => Run(c).AddAsync(c.Saga, c.Message.WorkItemIds, c.Message.RequestedBy, c.CancellationToken)),
            When(Evaluated).ThenAsync(c => Run(c).EvaluateAsync(c.Saga, c.CancellationToken)),
            When(MergesAreHeld).ThenAsync(c => Run(c).HeldAsync(c.Saga, c.Message, c.CancellationToken)),
            When(LandingWasCompleted).ThenAsync(c => Run(c).LandingCompletedAsync(c.Saga, c.Message, c.CancellationToken)),
            Ignore(CheckIsDue), Ignore(DeadlineIsDue), Ignore(SlingWasRefused), Ignore(LandingHasFailed));
        During(Cancelled, Ignore(Ensured), Ignore(Evaluated), Ignore(CheckIsDue), Ignore(DeadlineIsDue), Ignore(SlingWasRefused), Ignore(MergesAreHeld), Ignore(LandingWasCompleted), Ignore(LandingHasFailed));
    }

    /// <summary>Planned, nothing runs.</summary>
    public State Staged { get; } = null!;

    /// <summary>Under way.</summary>
    public State Open { get; } = null!;

    /// <summary>All closed.</summary>
    public State Landed { get; } = null!;

    /// <summary>Given up.</summary>
    public State Cancelled { get; } = null!;

    /// <summary>An item was slung into it.</summary>
    public Event<EnsureConvoy> Ensured { get; } = null!;

    /// <summary>An item of it changed.</summary>
    public Event<EvaluateConvoy> Evaluated { get; } = null!;

    /// <summary>Does it get on?</summary>
    public Event<ConvoyCheckDue> CheckIsDue { get; } = null!;

    /// <summary>Does it land in time?</summary>
    public Event<ConvoyDeadlineDue> DeadlineIsDue { get; } = null!;

    /// <summary>Hook does not take an item it slung.</summary>
    public Event<SlingRefused> SlingWasRefused { get; } = null!;

    /// <summary>No change of it lands by itself any more.</summary>
    public Event<MergesHeld> MergesAreHeld { get; } = null!;

    /// <summary>All that it ordered has landed.</summary>
    public Event<LandingCompleted> LandingWasCompleted { get; } = null!;

    /// <summary>Nothing that it ordered has landed.</summary>
    public Event<LandingFailed> LandingHasFailed { get; } = null!;

    static void Known<T>(IEventCorrelationConfigurator<ConvoyRow, T> e) where T : class => e.OnMissingInstance(m => m.Discard());

    static ConvoyRun Run(BehaviorContext<ConvoyRow> c) => c.GetServiceOrCreateInstance<ConvoyRun>();
}
