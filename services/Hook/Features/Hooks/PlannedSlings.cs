using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Hooks;

/// <summary>
/// What plans sling, inside the consumer's transaction. Plan and Hook hear of an item on different ways: a sling that is here before the news by
/// which it was decided waits for them as a row, since by older ones it would be judged wrongly, e.g. as one of a closed item.
/// </summary>
sealed class PlannedSlings(HookDbContext db, SlingItems slings, IOutbox<HookDbContext> outbox, TimeProvider clock)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    static readonly string Hook = ActorAddress.System("hook");

    /// <summary>Slings, refuses to the plan, or waits.</summary>
    public async Task TakeAsync(SlingWork m, CancellationToken ct)
    {
        if (!await IsHeardAsync(m, ct))
        {
            // Looked at again behind the lock: else the news could come in between and find nobody waiting.
            await LockAsync(m.WorkItemId, ct);
            if (!await IsHeardAsync(m, ct))
            {
                await WaitAsync(m, ct);
                return;
            }
        }
        await SlingAsync(m, ct);
    }

    /// <summary>There is news of an open item; what waited for it is slung.</summary>
    public async Task HeardAsync(ItemCopy item, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await LockAsync(item.Id, ct);
        foreach (var row in await Until(item.Id, item.Version).AsNoTracking().OrderBy(s => s.Since).ToListAsync(ct))
        {
            await ForgetAsync(row.WorkItemId, row.PlanId, ct);
            await SlingAsync(row.Command, ct);
            // What the next one's refusal takes back must not be this one's.
            await db.SaveChangesAsync(ct);
        }
    }

    /// <summary>The item is over since; who reopens it slings it anew.</summary>
    public Task OvertakenAsync(ItemCopy item, CancellationToken ct) => Until(item.Id, item.Version).ExecuteDeleteAsync(ct);

    /// <summary>It waits no more: it is slung now, or its plan wants it no longer.</summary>
    public Task ForgetAsync(string workItemId, string planId, CancellationToken ct) => db.WaitingSlings.Where(s => s.WorkItemId == workItemId && s.PlanId == planId).ExecuteDeleteAsync(ct);

    /// <summary>It waits for long: it goes on waiting, and a person is told.</summary>
    public async Task OverdueAsync(SlingOverdue due, CancellationToken ct)
    {
        if (await db.WaitingSlings.FindAsync([due.WorkItemId, due.PlanId], ct) is not { } row || row.Since != due.Since) return;
        var known = await db.Items.Where(i => i.Id == row.WorkItemId).Select(i => (long?)i.Version).SingleOrDefaultAsync(ct);
        await outbox.PublishAsync(new RaiseIncident(
            $"sling-waits:{row.WorkItemId}:{row.PlanId}", Severity.Medium, Hook, $"{row.PlanId} slung {row.WorkItemId}, and Hook has not heard what happened to it before",
            $"It is slung as soon as Hook hears of version {Math.Max(row.ItemVersion, 1)} of the item from Work; {(known is null ? "so far it has not heard of it at all" : $"what it knows is version {known}")}.",
            ["See whether messages pile up or were given up: cm dead-letters list --service hook", $"If they are lost, any change of the item makes it known, e.g. cm update {row.WorkItemId} --priority 1"],
            ActorAddress.RigOf(row.Command.HookId), row.WorkItemId, null), ct);
    }

    async Task SlingAsync(SlingWork m, CancellationToken ct)
    {
        try
        {
            var request = new SlingRequest(m.WorkItemId, ConvoyId: m.ConvoyId, Priority: m.Priority, MaxAttempts: m.MaxAttempts, Args: m.Args, WhenReady: true);
            Sling.Validate(m.HookId, request);
            await slings.SlingAsync(m.HookId, request, m.RequestedBy is { } by ? Caller.System("workflow") with { Actor = by } : Caller.System("workflow"), ct, ownConvoy: false, m.Run);
        }
        catch (RefusalException e)
        {
            db.ChangeTracker.Clear();
            // On a hook already: this command came twice, or a person was quicker. Over already: its plan hears of that from Work.
            if (e.Refusal.Code is "already-assigned" or "item-closed" or "item-submitted") return;
            await outbox.PublishAsync(new SlingRefused(m.PlanId, m.WorkItemId, e.Refusal.Code, e.Refusal.Detail), ct);
        }
    }

    async Task WaitAsync(SlingWork m, CancellationToken ct)
    {
        var row = await db.WaitingSlings.FindAsync([m.WorkItemId, m.PlanId], ct);
        if (row is null) db.WaitingSlings.Add(row = new WaitingSlingRow { WorkItemId = m.WorkItemId, PlanId = m.PlanId });
        else if (row.ItemVersion > (m.ItemVersion ?? 0)) return;
        (row.ItemVersion, row.Command, row.Since) = (m.ItemVersion ?? 0, m, clock.Now());
        await outbox.ScheduleAsync(new SlingOverdue(row.WorkItemId, row.PlanId, row.Since), row.Since + Patience, ct);
    }

    Task<bool> IsHeardAsync(SlingWork m, CancellationToken ct) => db.Items.AnyAsync(i => i.Id == m.WorkItemId && i.Version >= (m.ItemVersion ?? 0), ct);

    IQueryable<WaitingSlingRow> Until(string workItemId, long version) => db.WaitingSlings.Where(s => s.WorkItemId == workItemId && s.ItemVersion <= version);

    Task LockAsync(string workItemId, CancellationToken ct) => db.LockAsync($"news:{workItemId}", ct);
}
