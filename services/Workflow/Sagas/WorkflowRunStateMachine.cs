using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Running;
using MassTransit;

namespace ClaudeManage.Workflow.Sagas;

/// <summary>
/// The life of a molecule: Pouring → Running ⇄ Waiting → Completed / Failed / Burned → Squashed. It exists before its first message: pouring it makes
/// the row. Every fact is named in every state; what is not for a molecule finds no row and is dropped.
/// </summary>
sealed class WorkflowRunStateMachine : MassTransitStateMachine<MoleculeRow>
{
    public WorkflowRunStateMachine()
    {
        InstanceState(m => m.State);
        Event(() => ItemsCreated, e => ByPlan(e.CorrelateById(c => KeyOfPlan(c.Message.PlanId))));
        Event(() => ItemsRefused, e => ByPlan(e.CorrelateById(c => KeyOfPlan(c.Message.PlanId))));
        Event(() => ItemReady, e => ByPlan(e.CorrelateById(c => KeyOfItem(c.Message.Item.Id))));
        Event(() => ItemReopened, e => ByPlan(e.CorrelateById(c => KeyOfItem(c.Message.Item.Id))));
        Event(() => ItemStarted, e => ByPlan(e.CorrelateById(c => KeyOfItem(c.Message.Item.Id))));
        Event(() => ItemClosed, e => ByPlan(e.CorrelateById(c => KeyOfItem(c.Message.Item.Id))));
        Event(() => AttemptEnded, e => ByPlan(e.CorrelateById(c => KeyOfItem(c.Message.Assignment.WorkItemId))));
        Event(() => Exhausted, e => ByPlan(e.CorrelateById(c => KeyOfItem(c.Message.Assignment.WorkItemId))));
        Event(() => SlingWasRefused, e => ByPlan(e.CorrelateById(c => KeyOfPlan(c.Message.PlanId))));
        Event(() => RetryDue, e => ByPlan(e.CorrelateById(c => MoleculeRow.KeyOf(c.Message.RootItemId))));
        Event(() => TimeoutDue, e => ByPlan(e.CorrelateById(c => MoleculeRow.KeyOf(c.Message.RootItemId))));
        Event(() => GateIsDue, e => ByPlan(e.CorrelateById(c => MoleculeRow.KeyOf(c.Message.RootItemId))));

        During(Pouring,
            When(ItemsCreated).ThenAsync(c => Run(c).ItemsCreatedAsync(c.Saga, c.Message.Batch, c.CancellationToken)),
            When(ItemsRefused).ThenAsync(c => Run(c).ItemsRefusedAsync(c.Saga, c.Message, c.CancellationToken)),
            // The first batches may be ready before the last one exists; the mark is kept.
            When(ItemReady).ThenAsync(c => Run(c).ItemReadyAsync(c.Saga, c.Message.Item, c.CancellationToken)),
            When(ItemReopened).ThenAsync(c => Run(c).ItemReopenedAsync(c.Saga, c.Message.Item, c.CancellationToken)),
            When(ItemStarted).ThenAsync(c => Run(c).ItemStartedAsync(c.Saga, c.Message.Item, c.CancellationToken)),
            When(ItemClosed).ThenAsync(c => Run(c).ItemClosedAsync(c.Saga, c.Message.Item, c.CancellationToken)),
            When(AttemptEnded).ThenAsync(c => Run(c).AttemptEndedAsync(c.Saga, c.Message.Assignment, c.CancellationToken)),
            When(Exhausted).ThenAsync(c => Run(c).ExhaustedAsync(c.Saga, c.Message.Assignment, c.Message.Reason, c.CancellationToken)),
            When(SlingWasRefused).ThenAsync(c => Run(c).SlingRefusedAsync(c.Saga, c.Message, c.CancellationToken)),
            Ignore(RetryDue), Ignore(TimeoutDue), Ignore(GateIsDue));
        foreach (var state in (State[])[Running, Waiting])
            During(state,
                Ignore(ItemsCreated),
                When(ItemsRefused).ThenAsync(c => Run(c).ItemsRefusedAsync(c.Saga, c.Message, c.CancellationToken)),
                When(ItemReady).ThenAsync(c => Run(c).ItemReadyAsync(c.Saga, c.Message.Item, c.CancellationToken)),
                When(ItemReopened).ThenAsync(c => Run(c).ItemReopenedAsync(c.Saga, c.Message.Item, c.CancellationToken)),
                When(ItemStarted).ThenAsync(c => Run(c).ItemStartedAsync(c.Saga, c.Message.Item, c.CancellationToken)),
                When(ItemClosed).ThenAsync(c => Run(c).ItemClosedAsync(c.Saga, c.Message.Item, c.CancellationToken)),
                When(AttemptEnded).ThenAsync(c => Run(c).AttemptEndedAsync(c.Saga, c.Message.Assignment, c.CancellationToken)),
                When(Exhausted).ThenAsync(c => Run(c).ExhaustedAsync(c.Saga, c.Message.Assignment, c.Message.Reason, c.CancellationToken)),
                When(SlingWasRefused).ThenAsync(c => Run(c).SlingRefusedAsync(c.Saga, c.Message, c.CancellationToken)),
                When(RetryDue).ThenAsync(c => Run(c).RetryDueAsync(c.Saga, c.Message.StepId, c.Message.Attempt, c.CancellationToken)),
                When(TimeoutDue).ThenAsync(c => Run(c).TimeoutDueAsync(c.Saga, c.Message.StepId, c.Message.Attempt, c.CancellationToken)),
                When(GateIsDue).ThenAsync(c => Run(c).GateDueAsync(c.Saga, c.Message.GateId, c.CancellationToken)));
        // What the last attempts cost may be told after the end; of what was folded or thrown away there is no step left.
        foreach (var state in (State[])[Completed, Failed]) During(state, When(AttemptEnded).ThenAsync(c => Run(c).CostAsync(c.Saga, c.Message.Assignment, c.CancellationToken)));
        foreach (var state in (State[])[Burned, Squashed]) During(state, Ignore(AttemptEnded));
        foreach (var state in (State[])[Completed, Failed, Burned, Squashed])
            During(state,
                Ignore(ItemsCreated), Ignore(ItemsRefused), Ignore(ItemReady), Ignore(ItemReopened), Ignore(ItemStarted), Ignore(ItemClosed), Ignore(Exhausted), Ignore(SlingWasRefused),
                Ignore(RetryDue), Ignore(TimeoutDue), Ignore(GateIsDue));
    }

    /// <summary>Its items are being made.</summary>
    public State Pouring { get; } = null!;

    /// <summary>Steps run or can run.</summary>
    public State Running { get; } = null!;

    /// <summary>Only gates are in the way.</summary>
    public State Waiting { get; } = null!;

    /// <summary>Every step is over.</summary>
    public State Completed { get; } = null!;

    /// <summary>A step failed for good, or it was cancelled.</summary>
    public State Failed { get; } = null!;

    /// <summary>Thrown away.</summary>
    public State Burned { get; } = null!;

    /// <summary>Folded into its digest.</summary>
    public State Squashed { get; } = null!;

    public Event<WorkItemsCreated> ItemsCreated { get; } = null!;

    public Event<WorkItemsRefused> ItemsRefused { get; } = null!;

    public Event<WorkItemReady> ItemReady { get; } = null!;

    public Event<WorkItemReopened> ItemReopened { get; } = null!;

    public Event<WorkItemStarted> ItemStarted { get; } = null!;

    public Event<WorkItemClosed> ItemClosed { get; } = null!;

    public Event<AssignmentCompleted> AttemptEnded { get; } = null!;

    public Event<AssignmentExhausted> Exhausted { get; } = null!;

    public Event<SlingRefused> SlingWasRefused { get; } = null!;

    public Event<StepRetryDue> RetryDue { get; } = null!;

    public Event<StepTimeoutDue> TimeoutDue { get; } = null!;

    public Event<GateDue> GateIsDue { get; } = null!;

    static Guid KeyOfPlan(string planId) => MoleculeRow.KeyOf(Ids.RootOf(planId));

    static Guid KeyOfItem(string workItemId) => MoleculeRow.KeyOf(Ids.RootOfItem(workItemId));

    static void ByPlan<T>(IEventCorrelationConfigurator<MoleculeRow, T> e) where T : class => e.OnMissingInstance(m => m.Discard());

    static MoleculeRun Run(BehaviorContext<MoleculeRow> c) => c.GetServiceOrCreateInstance<MoleculeRun>();
}
