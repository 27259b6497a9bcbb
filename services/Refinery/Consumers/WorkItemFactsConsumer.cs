using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Consumers;

/// <summary>
/// A submitted item becomes a merge request, once; an item that is over or was taken back withdraws it. Older facts than
/// the newest known of an item change nothing.
/// </summary>
sealed class WorkItemFactsConsumer(RefineryDbContext db, MergeFlow flow, TimeProvider clock, IOptions<RefineryOptions> options) :
    IConsumer<WorkItemSubmitted>, IConsumer<WorkItemClosed>, IConsumer<WorkItemReopened>, IConsumer<WorkItemTrashed>
{
    public async Task Consume(ConsumeContext<WorkItemSubmitted> c)
    {
        var (item, ct) = (c.Message.Item, c.CancellationToken);
        if (item.Submission is not { Branch: not null } submission || submission.Merge is not (MergeStrategy.Merge or MergeStrategy.Squash)) return;
        var mark = await MarkAsync(item, ct);
        if (mark is null || submission.Fence < mark.Fence) return;
        mark.Fence = submission.Fence;
        var by = Actor(c.Message);
        await WithdrawAsync(item.Id, by, r => r.Fence < submission.Fence, $"A newer completion of {item.Id} (fence {submission.Fence}) took its place.", ct);
        var key = MergeRequest.KeyOf(item.Id, submission.Fence);
        if (await db.Requests.AnyAsync(r => r.CorrelationId == key, ct)) return;
        var now = clock.Now();
        var request = new MergeRequest
        {
            CorrelationId = key,
            Id = await FreeIdAsync(db, Ids.PrefixOf(item.Id), ct),
            RigId = item.RigId,
            WorkItemId = item.Id,
            ItemVersion = item.Version,
            Title = item.Title,
            Summary = submission.Summary,
            Branch = submission.Branch,
            Commit = submission.Commit ?? "",
            Author = submission.By,
            Fence = submission.Fence,
            Priority = item.Priority,
            Strategy = await db.HeldItems.AnyAsync(h => h.ItemId == item.Id, ct) ? MergeStrategy.Squash : submission.Merge,
            Attempt = submission.Attempt,
            ConvoyId = item.ConvoyId,
            QueuedAt = now,
            UpdatedAt = now,
            WaitUntil = now.AddSeconds(options.Value.BranchWaitSeconds),
            TraceParent = TraceContext.Current,
        };
        db.Add(request);
        await flow.RaiseAsync(request, new Submit(), by, ct);
    }

    public async Task Consume(ConsumeContext<WorkItemClosed> c)
    {
        if (await MarkAsync(c.Message.Item, c.CancellationToken) is null) return;
        var item = c.Message.Item;
        await WithdrawAsync(item.Id, Actor(c.Message), r => r.ItemVersion < item.Version, $"{item.Id} was closed ({item.Outcome?.Kind.ToString().ToLowerInvariant() ?? "no outcome"}).", c.CancellationToken);
    }

    public async Task Consume(ConsumeContext<WorkItemReopened> c)
    {
        if (await MarkAsync(c.Message.Item, c.CancellationToken) is null) return;
        await WithdrawAsync(c.Message.Item.Id, Actor(c.Message), r => r.ItemVersion < c.Message.Item.Version, $"{c.Message.Item.Id} was taken back: {c.Message.Reason ?? "reopened"}.", c.CancellationToken);
    }

    public async Task Consume(ConsumeContext<WorkItemTrashed> c)
    {
        if (await MarkAsync(c.Message.Item, c.CancellationToken) is null) return;
        await WithdrawAsync(c.Message.Item.Id, Actor(c.Message), r => r.ItemVersion < c.Message.Item.Version, $"{c.Message.Item.Id} was moved to the trash.", c.CancellationToken);
    }

    /// <summary>A request's id that is not taken.</summary>
    public static async Task<string> FreeIdAsync(RefineryDbContext db, string prefix, CancellationToken ct)
    {
        while (true)
        {
            var id = Ids.MergeRequest(prefix);
            if (!await db.Requests.AnyAsync(r => r.Id == id, ct)) return id;
        }
    }

    // Null when something newer is known already.
    async Task<ItemMark?> MarkAsync(WorkItemSnapshot item, CancellationToken ct)
    {
        var mark = await db.Items.SingleOrDefaultAsync(i => i.Id == item.Id, ct);
        if (mark is null) db.Add(mark = new ItemMark { Id = item.Id, Version = -1 });
        if (item.Version < mark.Version) return null;
        (mark.Version, mark.State, mark.Fence) = (item.Version, item.State, Math.Max(mark.Fence, item.Fence));
        return mark;
    }

    async Task WithdrawAsync(string itemId, Caller by, Func<MergeRequest, bool> which, string reason, CancellationToken ct)
    {
        foreach (var request in (await db.Requests.Where(r => r.WorkItemId == itemId && r.EndedAt == null).ToListAsync(ct)).Where(which))
            await flow.RaiseAsync(request, new Withdraw(reason), by, ct);
    }

    static Caller Actor(IRunEvent e) => new(e.Event.Actor, Roles.Operator, [], null, null);
}
