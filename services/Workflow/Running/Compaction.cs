using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Workflow.Running;

/// <summary>
/// Folds molecules and wisps that have been over for long into their digests. A transaction each, under the molecule's version: broken off anywhere
/// it goes on with what is left, and what another replica folds, tries again or burns meanwhile is left alone.
/// </summary>
sealed class Compaction(IServiceScopeFactory scopes, IOptions<WorkflowOptions> options, TimeProvider clock)
{
    /// <summary>As many as one call folds unless it says otherwise.</summary>
    public const int Batch = 200;

    /// <summary>Once, over at most <paramref name="limit"/>.</summary>
    public async Task<CompactionResult> RunAsync(int limit, bool dryRun, string by, CancellationToken ct)
    {
        var now = clock.Now();
        var (molecules, wisps) = (now.AddDays(-options.Value.FoldAfterDays), now.AddDays(-options.Value.FoldWispsAfterDays));
        List<string> due, underWay;
        int over;
        await using (var scope = scopes.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<WorkflowDbContext>();
            over = await Over(db).CountAsync(ct);
            due = await Due(db, molecules, wisps).OrderBy(m => m.EndedAt).ThenBy(m => m.MoleculeId).Select(m => m.MoleculeId).Take(limit + 1).ToListAsync(ct);
            underWay = await Old(db, molecules, wisps).Where(m => WithSomebody(db).Any(s => s.MoleculeId == m.MoleculeId)).OrderBy(m => m.EndedAt).Select(m => m.MoleculeId).Take(limit).ToListAsync(ct);
        }
        var folded = new List<string>();
        foreach (var id in due.Take(limit))
            if (dryRun || await FoldAsync(id, molecules, wisps, by, ct)) folded.Add(id);
        return new CompactionResult(dryRun, folded.Count, over - folded.Count, "GET /molecules/{id}/log, GET /events", folded, underWay, molecules, wisps, due.Count > limit);
    }

    async Task<bool> FoldAsync(string id, DateTimeOffset molecules, DateTimeOffset wisps, string by, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, run) = (scope.ServiceProvider.GetRequiredService<WorkflowDbContext>(), scope.ServiceProvider.GetRequiredService<MoleculeRun>());
        return await db.TransactAsync(async token =>
        {
            if (await Due(db, molecules, wisps).SingleOrDefaultAsync(m => m.MoleculeId == id, token) is not { } molecule) return false;
            molecule.Version++;
            await run.SquashAsync(molecule, by, token);
            return true;
        }, ct);
    }

    /// <summary>
    /// Forgets what was folded or burned and has been over for longer than digests are kept, with its log. Its protomolecule stays: another one may be poured
    /// of it. Returns how many.
    /// </summary>
    public async Task<int> ForgetAsync(int limit, CancellationToken ct)
    {
        var before = clock.Now().AddDays(-options.Value.KeepDigestDays);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<WorkflowDbContext>();
        return await db.TransactAsync(async token =>
        {
            var ids = await db.Molecules.Where(m => (m.State == nameof(MoleculeState.Squashed) || m.State == nameof(MoleculeState.Burned)) && m.EndedAt < before)
                .OrderBy(m => m.EndedAt).Select(m => m.MoleculeId).Take(limit).ToListAsync(token);
            if (ids.Count == 0) return 0;
            await db.Log.Where(l => ids.Contains(l.MoleculeId)).ExecuteDeleteAsync(token);
            return await db.Molecules.Where(m => ids.Contains(m.MoleculeId)).ExecuteDeleteAsync(token);
        }, ct);
    }

    static IQueryable<MoleculeRow> Over(WorkflowDbContext db) => db.Molecules.Where(m => m.State == nameof(MoleculeState.Completed) || m.State == nameof(MoleculeState.Failed));

    static IQueryable<MoleculeRow> Old(WorkflowDbContext db, DateTimeOffset molecules, DateTimeOffset wisps) => Over(db).Where(m => m.EndedAt < (m.Wisp ? wisps : molecules));

    static IQueryable<MoleculeRow> Due(WorkflowDbContext db, DateTimeOffset molecules, DateTimeOffset wisps) =>
        Old(db, molecules, wisps).Where(m => !WithSomebody(db).Any(s => s.MoleculeId == m.MoleculeId));

    /// <summary>A step that was to undo another may outlive its molecule.</summary>
    static IQueryable<StepRow> WithSomebody(WorkflowDbContext db) => db.Steps.Where(s => s.State == StepState.Ready || s.State == StepState.Waiting || s.State == StepState.Running);
}

/// <summary>Does so once a day, a batch after the other.</summary>
sealed class CompactionPatrol(Compaction compaction, IServiceProvider services) : DailyPatrol<WorkflowDbContext>("workflow", Name, services)
{
    /// <summary>Its name.</summary>
    public const string Name = "compaction";

    protected override async Task<PatrolRound> RoundAsync(CancellationToken ct)
    {
        var (folded, underWay) = (0, new List<string>());
        CompactionResult last;
        do
        {
            last = await compaction.RunAsync(Compaction.Batch, dryRun: false, MoleculeRun.Self, ct);
            folded += last.Folded;
            underWay.AddRange(last.UnderWay.Except(underWay));
        } while (last.More && last.Folded > 0);
        int forgotten = 0, some;
        do forgotten += some = await compaction.ForgetAsync(Compaction.Batch, ct);
        while (some == Compaction.Batch);
        return new([$"molecules that ended before {last.MoleculesBefore:u}, wisps before {last.WispsBefore:u}"], [],
            [.. folded == 0 ? [] : (string[])[$"folded {folded} into digests"], .. forgotten == 0 ? [] : (string[])[$"forgot {forgotten} digests"], .. underWay.Select(id => $"{id} is over, and a step of it is still with somebody")]);
    }
}
