using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Features;
using MassTransit;

namespace ClaudeManage.Work.Consumers;

/// <summary>Work's message to itself, due when an item's <c>deferUntil</c> has come.</summary>
public sealed record DeferralEnded(string WorkItemId, DateTimeOffset Until);

/// <summary>Looks at the item, and at those it hid, again. An item put off further has a later message under way.</summary>
sealed class DeferralEndedConsumer(WorkDbContext db, Ledger ledger, TimeProvider clock) : IConsumer<DeferralEnded>
{
    public async Task Consume(ConsumeContext<DeferralEnded> context)
    {
        var ct = context.CancellationToken;
        await ledger.LockGraphAsync(ct);
        if (await db.Items.FindAsync([context.Message.WorkItemId], ct) is not { } item) return;
        if (item.DeferUntil > clock.Now())
        {
            if (item.DeferUntil == context.Message.Until) await ledger.ScheduleAsync(item, ct);      // the clock was set back
            return;
        }
        await ledger.RecordFlippedAsync([item], Caller.System("work"), ct);
    }
}
