using System.Diagnostics;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Runs one gate, on the candidate or on the tip it stands on; or takes over the result the same tree had before.</summary>
sealed class GateStep(QueueWork work, IServiceScopeFactory scopes, Repositories repositories, GateWorktrees worktrees, GateRunner runner, QueueSignal signal, TimeProvider clock)
{
    public async Task RunAsync(StepOrder order, string gateName, bool onTarget, CancellationToken ct)
    {
        GateRun? run = null;
        GateDefinition? gate = null;
        RigCopy? rig = null;
        await work.WriteAsync(order, async (s, token) =>
        {
            (run, rig, gate) = (null, s.Rig, s.Rig.Gates.FirstOrDefault(g => g.Name == gateName));
            if (gate is null || s.Request.Candidate is null) return;        // the settings changed: planned again
            if (s.Request.State == MergeRequestState.Batched) await s.Flow.RaiseAsync(s.Request, new BeginGating(), QueueHolds.Driver, token);
            if (s.Request.State != MergeRequestState.Gating) return;
            run = await BeginAsync(s, gate, onTarget, token);
            s.Request.GateRunIds = [.. s.Request.GateRunIds, run.Id];
            s.Flow.Touch(s.Request);
        }, ct);
        if (run is null || run.EndedAt is not null) return;
        try
        {
            var mirror = repositories.Of(order.RigId, rig!.GitUrl!);
            await mirror.EnsureAsync(ct);
            var began = Stopwatch.GetTimestamp();
            using var worktree = await worktrees.TakeAsync(mirror, order.RigId, run.Commit, ct);
            var outcome = await runner.RunAsync(run.Id, gate!, rig.Merge.Setup, worktree, ct);
            RefineryTelemetry.GateRan(order.RigId, gateName, outcome, began);
            await EndAsync(run.Id, r => (r.Result, r.ExitCode, r.Tries, r.Flaky, r.OutputTail, r.EndedAt) =
                (outcome.Result, outcome.ExitCode, outcome.Tries, outcome.Flaky, outcome.Tail, clock.Now()), CancellationToken.None);
        }
        catch
        {
            // It has no result: the trouble is ours or the request's time is over, and neither is the candidate's fault.
            await EndAsync(run.Id, r => r.Abandon(clock.Now()), CancellationToken.None);
            throw;
        }
    }

    async Task<GateRun> BeginAsync(StepSession s, GateDefinition gate, bool onTarget, CancellationToken ct)
    {
        var (tree, commit) = onTarget ? (s.Request.TipTree!, s.Request.Tip!) : (s.Request.CandidateTree!, s.Request.Candidate!);
        var definition = GateKey.Of(gate, s.Rig.Merge.Setup);
        var fresh = s.Request.FreshSince > s.Queue.FreshSince ? s.Request.FreshSince : s.Queue.FreshSince;
        var known = await GateBoard.CachedAsync(s.Db, tree, definition, fresh, ct);
        var now = clock.Now();
        var run = new GateRun
        {
            Id = Ids.Ordered(now),
            RigId = s.Rig.Id,
            MergeRequestId = s.Request.Id,
            Round = s.Request.Round,
            Gate = gate.Name,
            Definition = definition,
            Tree = tree,
            Commit = commit,
            OnTarget = onTarget,
            Result = GateResult.Running,
            StartedAt = now,
        };
        if (known is not null)
            (run.Result, run.ExitCode, run.Tries, run.Flaky, run.OutputTail, run.CachedFrom, run.EndedAt) = (known.Result, known.ExitCode, known.Tries, known.Flaky, known.OutputTail, known.Id, now);
        s.Db.Add(run);
        return run;
    }

    async Task EndAsync(Guid id, Action<GateRun> end, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        await db.TransactAsync(async token =>
        {
            if (await db.GateRuns.SingleOrDefaultAsync(r => r.Id == id && r.EndedAt == null, token) is { } run) end(run);
            signal.Changed(db);
        }, ct);
    }
}
