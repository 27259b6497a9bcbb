using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.Refinery.Together;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Queue;

/// <summary>One step of one request, as it was planned.</summary>
/// <param name="Fence">Of the claim on the queue under which it is done.</param>
/// <param name="Round">Of the request; a result of another round is not written.</param>
sealed record StepOrder(string RigId, string RequestId, int Round, long Fence);

/// <summary>What a step works with inside its transaction.</summary>
sealed record StepSession(RefineryDbContext Db, MergeFlow Flow, QueueHolds Holds, LandingDesk Together, MergeRequest Request, RigCopy Rig, MergeQueue Queue);

/// <summary>The request, the claim or the rig changed under a step: its result is dropped and the queue planned again.</summary>
sealed class StepOutdatedException() : Exception("The request or the claim on its queue changed meanwhile.");

/// <summary>Reads and writes for the steps: every write checks that the request and the claim are still those the step began with.</summary>
sealed class QueueWork(IServiceScopeFactory scopes, Replica replica)
{
    public async Task<(MergeRequest Request, RigCopy Rig, MergeQueue Queue)> ReadAsync(StepOrder task, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var session = await SessionAsync(scope.ServiceProvider, task, ct);
        return (session.Request, session.Rig, session.Queue);
    }

    /// <exception cref="StepOutdatedException">Nothing was written.</exception>
    public async Task WriteAsync(StepOrder task, Func<StepSession, CancellationToken, Task> work, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        await db.TransactAsync(async token =>
        {
            await db.LockAsync($"merge-queue:{task.RigId}", token);
            await work(await SessionAsync(scope.ServiceProvider, task, token), token);
        }, ct);
    }

    /// <summary>The requests that land with a convoy, each with its rig.</summary>
    public async Task<IReadOnlyList<(MergeRequest Request, RigCopy Rig)>> LandingWithAsync(string convoyId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        var found = await db.Requests.AsNoTracking().Where(r => r.LandsWith == convoyId).Join(db.Rigs.AsNoTracking(), r => r.RigId, r => r.Id, (request, rig) => new { request, rig }).ToListAsync(ct);
        return [.. found.Select(f => (f.request, f.rig))];
    }

    async Task<StepSession> SessionAsync(IServiceProvider services, StepOrder task, CancellationToken ct)
    {
        var db = services.GetRequiredService<RefineryDbContext>();
        var queue = await db.Queues.SingleOrDefaultAsync(q => q.RigId == task.RigId, ct);
        var request = await db.Requests.SingleOrDefaultAsync(r => r.Id == task.RequestId, ct);
        var rig = await db.Rigs.SingleOrDefaultAsync(r => r.Id == task.RigId, ct);
        if (queue is null || request is null || rig is null || queue.LeaseHolder != replica.Id || queue.LeaseFence != task.Fence || request.Round != task.Round || request.Ended)
            throw new StepOutdatedException();
        return new(db, services.GetRequiredService<MergeFlow>(), services.GetRequiredService<QueueHolds>(), services.GetRequiredService<LandingDesk>(), request, rig, queue);
    }
}
