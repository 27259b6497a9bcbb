using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;

namespace ClaudeManage.Hook.Consumers;

/// <summary>Takes back a lease that was not renewed; looks again at its new end if it was.</summary>
sealed class LeaseCheckConsumer(HookDbContext db, AssignmentFlow flow, IOutbox<HookDbContext> outbox, TimeProvider clock) : IConsumer<LeaseCheck>
{
    public async Task Consume(ConsumeContext<LeaseCheck> c)
    {
        var (m, ct) = (c.Message, c.CancellationToken);
        if (await db.Assignments.FindAsync([m.AssignmentId], ct) is not { State: AssignmentState.Leased } row || row.Fence != m.Fence) return;
        if (row.LeaseUntil > clock.Now() || flow.Prolong(row)) await outbox.ScheduleAsync(m, row.LeaseUntil!.Value, ct);
        else await flow.ExpireAsync(row, ct);
    }
}
