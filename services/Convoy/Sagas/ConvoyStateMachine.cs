using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Convoy.Data;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;

namespace ClaudeManage.Convoy.Sagas;

/// <summary>Internal: an item of this convoy changed, see whether it lands.</summary>
sealed record EvaluateConvoy(string ConvoyId);

/// <summary>The life of a convoy: Staged → Open → Landed (→ Open again when items are added) / Cancelled.</summary>
sealed class ConvoyStateMachine : MassTransitStateMachine<ConvoyRow>
{
    public ConvoyStateMachine()
    {
        InstanceState(c => c.State);
        Event(() => Ensured, e => e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId)));
        Event(() => Evaluated, e =>
        {
            e.CorrelateById(m => ConvoyRow.KeyOf(m.Message.ConvoyId));
            e.OnMissingInstance(m => m.Discard());
        });

        Initially(When(Ensured)
            .Then(c => Begin(c.Saga, c.Message, c.GetServiceOrCreateInstance<TimeProvider>()))
            .TransitionTo(Open)
            .ThenAsync(c => CreatedAsync(c, c.Message.WorkItemIds)));
        During(Staged, When(Ensured).ThenAsync(c => AddedAsync(c, c.Message.WorkItemIds)), Ignore(Evaluated));
        During(Open,
            When(Ensured).ThenAsync(c => AddedAsync(c, c.Message.WorkItemIds)).ThenAsync(LandAsync),
            When(Evaluated).ThenAsync(LandAsync));
        During(Landed, When(Ensured).ThenAsync(ReopenedAsync), Ignore(Evaluated));
        During(Cancelled, Ignore(Ensured), Ignore(Evaluated));
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

    static void Begin(ConvoyRow row, EnsureConvoy command, TimeProvider clock)
    {
        row.ConvoyId = command.ConvoyId;
        row.Name = command.Name;
        row.Owner = command.RequestedBy;
        row.CreatedAt = clock.Now();
        row.LaunchedAt = row.CreatedAt;
    }

    static async Task CreatedAsync(BehaviorContext<ConvoyRow, EnsureConvoy> c, IReadOnlyList<string> items)
    {
        var writer = Writer(c);
        await writer.AddAsync(c.Saga.ConvoyId, items, c.CancellationToken);
        var snapshot = await writer.SnapshotAsync(c.Saga, c.CancellationToken);
        await writer.PublishAsync(new ConvoyCreated(writer.Header(ConvoyCreated.Type, c.Saga, c.Message.RequestedBy), snapshot), c.CancellationToken);
        await writer.PublishAsync(new ConvoyLaunched(writer.Header(ConvoyLaunched.Type, c.Saga, c.Message.RequestedBy), snapshot), c.CancellationToken);
        await LandAsync(c);
    }

    static async Task AddedAsync(BehaviorContext<ConvoyRow, EnsureConvoy> c, IReadOnlyList<string> items)
    {
        var writer = Writer(c);
        if (!await writer.AddAsync(c.Saga.ConvoyId, items, c.CancellationToken)) return;
        await writer.PublishAsync(
            new ConvoyUpdated(writer.Header(ConvoyUpdated.Type, c.Saga, c.Message.RequestedBy), await writer.SnapshotAsync(c.Saga, c.CancellationToken)), c.CancellationToken);
    }

    static async Task ReopenedAsync(BehaviorContext<ConvoyRow, EnsureConvoy> c)
    {
        var writer = Writer(c);
        if (!await writer.AddAsync(c.Saga.ConvoyId, c.Message.WorkItemIds, c.CancellationToken)) return;
        c.Saga.State = nameof(ConvoyState.Open);
        c.Saga.LandedAt = null;
        await writer.PublishAsync(
            new ConvoyReopened(writer.Header(ConvoyReopened.Type, c.Saga, c.Message.RequestedBy), await writer.SnapshotAsync(c.Saga, c.CancellationToken)), c.CancellationToken);
        await LandAsync(c);
    }

    static Task LandAsync(BehaviorContext<ConvoyRow> c) => Writer(c).TryLandAsync(c.Saga, c.CancellationToken);

    static ConvoyWriter Writer(BehaviorContext<ConvoyRow> c) => c.GetServiceOrCreateInstance<ConvoyWriter>();
}
