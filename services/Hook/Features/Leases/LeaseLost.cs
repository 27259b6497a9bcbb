using ClaudeManage.Contracts.Hook;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Leases;

/// <summary>The refusal of a token that is not, or no longer, the one of a live lease.</summary>
static class LeaseLost
{
    /// <summary>409, naming who holds the item now and under which fence.</summary>
    public static async Task<RefusalException> OfAsync(HookDbContext db, string? workItemId, CancellationToken ct)
    {
        if (workItemId is null) return Refusal.Conflict("lease-lost", "This token is of no live lease: it expired and was taken back, was given back, or was never one. Stop the work and claim again.").AsException();
        var live = await db.Assignments.AsNoTracking().Where(a => a.WorkItemId == workItemId).OrderByDescending(a => a.Revision)
            .Select(a => new { a.State, a.LeaseHolder, a.Fence }).FirstOrDefaultAsync(ct);
        var fence = await db.Fences.AsNoTracking().Where(f => f.WorkItemId == workItemId).Select(f => (long?)f.Fence).SingleOrDefaultAsync(ct) ?? live?.Fence ?? 0;
        var holder = live?.State == AssignmentState.Leased ? live.LeaseHolder : null;
        return Refusal.Conflict("lease-lost",
            $"This token is not the one of {workItemId}'s live lease. " + (holder is null ? "Nobody holds it now." : $"{holder} holds it under fence {fence}.") + " Stop the work; claim again to go on.",
            ("holder", holder), ("fence", fence)).AsException();
    }
}
