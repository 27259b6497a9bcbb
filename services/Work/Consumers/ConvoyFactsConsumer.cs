using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Features;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Consumers;

/// <summary>Notes which convoy an item belongs to, also before it is slung, and forgets it when the item leaves.</summary>
sealed class ConvoyFactsConsumer(WorkDbContext db, Ledger ledger) : IConsumer<ConvoyCreated>, IConsumer<ConvoyUpdated>, IConsumer<ConvoyReopened>
{
    public Task Consume(ConsumeContext<ConvoyCreated> c) => ApplyAsync(c.Message.Event, c.Message.Convoy, c.CancellationToken);

    public async Task Consume(ConsumeContext<ConvoyUpdated> c)
    {
        await ApplyAsync(c.Message.Event, c.Message.Convoy, c.CancellationToken);
        if (c.Message.Removed is { Count: > 0 } gone) await ForgetAsync(c.Message.Event, gone, c.Message.Convoy.Id, c.CancellationToken);
    }

    public Task Consume(ConsumeContext<ConvoyReopened> c) => ApplyAsync(c.Message.Event, c.Message.Convoy, c.CancellationToken);

    async Task ApplyAsync(RunEvent cause, ConvoySnapshot convoy, CancellationToken ct)
    {
        await ledger.LockGraphAsync(ct);
        var ids = convoy.Items.Select(i => i.Id).ToList();
        var items = await db.Items.Where(i => ids.Contains(i.Id) && i.ConvoyId != convoy.Id && i.CompletedAt == null).ToListAsync(ct);
        await SetAsync(cause, items, convoy.Id, ct);
    }

    async Task ForgetAsync(RunEvent cause, IReadOnlyList<string> ids, string convoyId, CancellationToken ct) =>
        await SetAsync(cause, await db.Items.Where(i => ids.Contains(i.Id) && i.ConvoyId == convoyId).ToListAsync(ct), null, ct);

    async Task SetAsync(RunEvent cause, List<WorkItemRow> items, string? convoyId, CancellationToken ct)
    {
        if (items.Count == 0) return;
        foreach (var item in items) item.ConvoyId = convoyId;
        await ledger.RecordAsync(items, Cause.Of(cause), Facts.Updated.Type, _ => Facts.Updated.Make, ct);
    }
}
