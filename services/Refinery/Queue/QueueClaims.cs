using ClaudeManage.Git;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Data;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Queue;

/// <summary>
/// Which replica works on a rig's queue: a lease in the queue's row, fenced like work is. A SQLite file has one replica
/// (the data directory is locked), so there a claim of an earlier process is dead for certain and is taken at once.
/// </summary>
sealed class QueueClaims(IServiceScopeFactory scopes, Replica replica, TimeProvider clock, IOptions<RefineryOptions> options)
{
    TimeSpan Lease => TimeSpan.FromSeconds(options.Value.LeaseSeconds);

    /// <summary>Takes or renews the claim. Fence, and until when; no fence while another replica has it.</summary>
    public async Task<Claim> TakeAsync(string rigId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        var (claim, mine) = await db.TransactAsync(async token =>
        {
            await db.LockAsync($"merge-queue:{rigId}", token);
            var now = clock.Now();
            var queue = await scope.ServiceProvider.GetRequiredService<QueueHolds>().QueueAsync(rigId, token);
            var mine = queue.LeaseHolder == replica.Id;
            if (!mine && queue.LeaseHolder is not null && queue.LeaseUntil > now && !db.IsSqlite()) return (new Claim(null, queue.LeaseUntil), true);
            if (!mine) (queue.LeaseHolder, queue.LeaseFence) = (replica.Id, queue.LeaseFence + 1);
            queue.LeaseUntil = now + Lease;
            queue.Version++;
            return (new Claim(queue.LeaseFence, queue.LeaseUntil), mine);
        }, ct);
        if (!mine) await AbandonAsync(db, rigId, ct);
        return claim;
    }

    /// <summary>Gives back what this replica holds, so that another need not wait.</summary>
    public async Task ReleaseAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        await db.TransactAsync(async token =>
        {
            foreach (var queue in await db.Queues.Where(q => q.LeaseHolder == replica.Id).ToListAsync(token))
            {
                (queue.LeaseHolder, queue.LeaseUntil) = (null, clock.Now());
                queue.Version++;
            }
        }, ct);
    }

    // What another process had begun has no result, and may still be running. Killed first: whoever is stopped in between starts over.
    async Task AbandonAsync(RefineryDbContext db, string rigId, CancellationToken ct)
    {
        foreach (var run in await db.GateRuns.AsNoTracking().Where(r => r.RigId == rigId && r.EndedAt == null).Select(r => r.Id).ToListAsync(ct)) await KillAsync(run, ct);
        await db.TransactAsync(async token =>
        {
            foreach (var run in await db.GateRuns.Where(r => r.RigId == rigId && r.EndedAt == null).ToListAsync(token)) run.Abandon(clock.Now());
        }, ct);
    }

    static async Task KillAsync(Guid run, CancellationToken ct)
    {
        var mark = GateRunner.Mark(run);
        foreach (var pid in ProcessGroup.FindByMark(mark.Name, mark.Value).Take(1))
            if (ProcessIdentity.Of(pid) is { } identity) await new ProcessGroup(TimeProvider.System).StopAsync(identity, mark, StopLadder.Fast, ct);
    }
}

/// <param name="Fence">Null: another replica has it, until <paramref name="Until"/> at least.</param>
sealed record Claim(long? Fence, DateTimeOffset Until);
