using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Hook.Features.Hooks;
using ClaudeManage.Hook.Reconciling;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Hook.Stopping;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook.Consumers;

/// <summary>What the clock brings: an assignment's time has come, a gate opens, a handoff was not taken up, a sling waits for long, the reconciler's turn, another look at an emergency stop.</summary>
sealed class DueTimesConsumer(
    HookDbContext db, AssignmentFlow flow, PlannedSlings slings, Reconciler reconciler, StopDesk stops, IOutbox<HookDbContext> outbox, IOptions<HookOptions> options, TimeProvider clock) :
    IConsumer<AssignmentDue>, IConsumer<GateCheck>, IConsumer<HandoffCheck>, IConsumer<SlingOverdue>, IConsumer<ReconcileDue>, IConsumer<StopLook>
{
    static readonly string Hook = ActorAddress.System("hook");

    public async Task Consume(ConsumeContext<AssignmentDue> c)
    {
        if (await db.Assignments.FindAsync([c.Message.AssignmentId], c.CancellationToken) is not { State: AssignmentState.Queued } row) return;
        if (row.NotBefore > clock.Now()) await outbox.ScheduleAsync(c.Message, row.NotBefore.Value, c.CancellationToken);
        else flow.Wake(row.HookId);
    }

    public async Task Consume(ConsumeContext<GateCheck> c)
    {
        var ct = c.CancellationToken;
        if (await db.Handoffs.FindAsync([c.Message.HandoffId], ct) is not { State: HandoffState.Parked } handoff) return;
        if (handoff.OpensAt > clock.Now())
        {
            await outbox.ScheduleAsync(c.Message, handoff.OpensAt.Value, ct);
            return;
        }
        if (await db.Assignments.FindAsync([handoff.AssignmentId], ct) is not { State: AssignmentState.Parked } row || row.HandoffId != handoff.Id) return;
        handoff.State = HandoffState.Pending;
        handoff.ExpiresAt = clock.Now().AddSeconds(options.Value.HandoffSeconds);
        handoff.Version++;
        await outbox.ScheduleAsync(new HandoffCheck(handoff.Id), handoff.ExpiresAt.Value, ct);
        AssignmentFlow.Move(row, AssignmentCause.Open);
        await flow.QueueAsync(row, Hook, ct, front: true);
    }

    public async Task Consume(ConsumeContext<HandoffCheck> c)
    {
        var ct = c.CancellationToken;
        if (await db.Handoffs.FindAsync([c.Message.HandoffId], ct) is not { State: HandoffState.Pending } handoff) return;
        if (handoff.ExpiresAt > clock.Now())
        {
            await outbox.ScheduleAsync(c.Message, handoff.ExpiresAt.Value, ct);
            return;
        }
        if (await db.Assignments.FindAsync([handoff.AssignmentId], ct) is not { State: AssignmentState.Queued } row || row.HandoffId != handoff.Id) return;
        if (ActorAddress.IsPool(row.HookId)) return;
        if (row.SessionId is not null)
        {
            // A node is starting it: look again when that is settled.
            handoff.ExpiresAt = clock.Now().AddSeconds(options.Value.DispatchTimeoutSeconds);
            await outbox.ScheduleAsync(c.Message, handoff.ExpiresAt.Value, ct);
            return;
        }
        handoff.State = HandoffState.Expired;
        handoff.Version++;
        var left = row.HookId;
        AssignmentFlow.Move(row, AssignmentCause.Move);
        row.HookId = row.HomeHookId = ActorAddress.Pool(row.RigId);
        row.AgentId = null;
        await outbox.PublishAsync(new HandoffExpired(flow.Header(HandoffExpired.Type, row, Hook), handoff.ToSnapshot()), ct);
        await flow.QueueAsync(row, Hook, ct, front: true);
        await outbox.PublishAsync(new RaiseIncident(
            $"handoff-expired:{row.WorkItemId}", Severity.Medium, Hook, $"{left} did not take up the handoff of {row.WorkItemId}",
            handoff.Reason ?? "no reason was given", [$"It is in the pool now: cm hook {row.HookId}", $"See why {left} is silent: cm agent show {left}"], row.RigId, row.WorkItemId, left), ct);
    }

    public Task Consume(ConsumeContext<SlingOverdue> c) => slings.OverdueAsync(c.Message, c.CancellationToken);

    public Task Consume(ConsumeContext<StopLook> c) => stops.LookAsync(c.Message, c.CancellationToken);

    public Task Consume(ConsumeContext<ReconcileDue> c) => reconciler.RunChainAsync(c.Message.Chain, c.CancellationToken);
}
