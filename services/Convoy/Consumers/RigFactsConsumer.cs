using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Running;
using ClaudeManage.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Consumers;

/// <summary>Keeps the copies of rigs. One that takes work again, or more of it, is slung to; what was refused there is tried again.</summary>
sealed class RigFactsConsumer(ConvoyDbContext db, Dispatcher dispatcher) : RigFacts, IConsumer<RigTold>
{
    public Task Consume(ConsumeContext<RigTold> c) => KeepAsync(c.Message.Rig, c.CancellationToken);

    protected override async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await db.Rigs.FindAsync([rig.Id], ct);
        if (copy is not null && copy.Version >= rig.Version) return;
        if (copy is null) db.Rigs.Add(copy = new RigCopy { Id = rig.Id });
        (copy.State, copy.MaxWorkers, copy.StallAfterSeconds, copy.Version) = (rig.State, rig.Settings.MaxWorkers, rig.Settings.StallAfterSeconds, rig.Version);
        if (rig.State != RigState.Active) return;
        var refused = from row in db.Items where row.Hold == Stranding.Refused join item in db.Copies on row.WorkItemId equals item.Id where item.RigId == rig.Id select row;
        foreach (var row in await refused.ToListAsync(ct)) row.Free();
        await dispatcher.DispatchAsync(ct);
    }
}
