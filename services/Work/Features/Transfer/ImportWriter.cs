using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary>Writes what was checked, in transactions of a hundred. What is here with the same content stays, with another it is told and left alone.</summary>
sealed class ImportWriter(WorkDbContext db, Ledger ledger, Dependencies dependencies, IOutbox<WorkDbContext> outbox, TimeProvider clock)
{
    const int Batch = 100, MaxConflicts = 1_000;
    readonly List<ImportConflict> _conflicts = [];
    int _conflicting;

    /// <param name="order">Every item behind what it waits for.</param>
    /// <param name="dryRun">Compares and writes nothing.</param>
    public async Task<ImportResult> WriteAsync(ImportPlan plan, IReadOnlyList<PlannedItem> order, ImportSpool spool, Caller by, bool dryRun, CancellationToken ct)
    {
        var rigs = await CountAsync(plan.Rigs.Values.Chunk(Batch), dryRun, token => db.LockAsync("work-rigs", token), (some, token) => RigsAsync(some, by, dryRun, token), ct);
        var items = await CountAsync(order.Chunk(Batch), dryRun, ledger.LockGraphAsync, (some, token) => ItemsAsync(some, plan, spool, by, dryRun, token), ct);
        var comments = await CountAsync(plan.Comments.Chunk(Batch), dryRun, _ => Task.CompletedTask, (some, token) => CommentsAsync(some, plan, spool, by, dryRun, token), ct);
        return new ImportResult(dryRun, plan.Lines, rigs, items, comments, plan.Opened, _conflicts, _conflicting > _conflicts.Count);
    }

    async Task<ImportCounts> CountAsync<T>(
        IEnumerable<T> batches, bool dryRun, Func<CancellationToken, Task> enter, Func<T, CancellationToken, Task<(int Created, int Unchanged, List<ImportConflict> Conflicts)>> write, CancellationToken ct)
    {
        var counts = new ImportCounts(0, 0, 0);
        foreach (var some in batches)
        {
            var (created, unchanged, conflicts) = dryRun ? await write(some, ct) : await db.TransactAsync(async token =>
            {
                await enter(token);
                return await write(some, token);
            }, ct);
            db.ChangeTracker.Clear();
            counts = new ImportCounts(counts.Created + created, counts.Unchanged + unchanged, counts.Conflicting + conflicts.Count);
            _conflicting += conflicts.Count;
            _conflicts.AddRange(conflicts.Take(MaxConflicts - _conflicts.Count));
        }
        return counts;
    }

    async Task<(int, int, List<ImportConflict>)> RigsAsync((long Line, RigSnapshot Rig)[] wanted, Caller by, bool dryRun, CancellationToken ct)
    {
        var ids = wanted.Select(w => w.Rig.Id).ToList();
        var here = await db.Rigs.AsNoTracking().Where(r => ids.Contains(r.Id)).ToDictionaryAsync(r => r.Id, ct);
        var (created, unchanged, conflicts) = (0, 0, new List<ImportConflict>());
        foreach (var (line, given) in wanted)
        {
            var rig = given with { CreatedAt = ExportRows.At(given.CreatedAt), UpdatedAt = ExportRows.At(given.UpdatedAt) };
            if (here.TryGetValue(rig.Id, out var there))
            {
                if (ExportRows.Same(there.ToSnapshot(), rig)) unchanged++;
                else conflicts.Add(new ImportConflict(line, TownExport.Rig, rig.Id, "It is here with other settings, and stays as it is here."));
                continue;
            }
            created++;
            if (dryRun) continue;
            db.Rigs.Add(new RigRow
            {
                Id = rig.Id,
                Prefix = rig.Prefix,
                GitUrl = rig.GitUrl,
                DefaultBranch = rig.DefaultBranch,
                State = rig.State,
                Settings = rig.Settings,
                CreatedAt = rig.CreatedAt,
                UpdatedAt = rig.UpdatedAt,
                Version = rig.Version,
            });
            await outbox.PublishAsync(new RigRegistered(by.Event(RigRegistered.Type, clock.Now(), rigId: rig.Id), rig), ct);
        }
        return (created, unchanged, conflicts);
    }

    async Task<(int, int, List<ImportConflict>)> ItemsAsync(PlannedItem[] wanted, ImportPlan plan, ImportSpool spool, Caller by, bool dryRun, CancellationToken ct)
    {
        var ids = wanted.Select(w => w.Id).ToList();
        var here = await db.Items.AsNoTracking().Where(i => ids.Contains(i.Id)).ToDictionaryAsync(i => i.Id, ct);
        var edges = (await db.Edges.AsNoTracking().Where(e => ids.Contains(e.ItemId)).ToListAsync(ct)).ToLookup(e => e.ItemId);
        var (unchanged, conflicts, fresh) = (0, new List<ImportConflict>(), new List<ExportedItem>());
        foreach (var planned in wanted)
        {
            var given = (await spool.ReadAsync(planned.Line, ct)).Item!;
            var item = ExportRows.Settled(given);
            if (!here.TryGetValue(item.Id, out var row)) fresh.Add(item);
            else if (ExportRows.Of(row, edges[row.Id]) is var there && (ExportRows.Same(there, item) || ExportRows.Same(there, given))) unchanged++;
            else conflicts.Add(new ImportConflict(planned.Line.Number, TownExport.Item, item.Id, $"It is here with another content ({ExportRows.Differences(there, item)}), and stays as it is here."));
        }
        if (!dryRun && fresh.Count > 0) await CreateAsync(fresh, plan, by, ct);
        return (fresh.Count, unchanged, conflicts);
    }

    async Task CreateAsync(List<ExportedItem> fresh, ImportPlan plan, Caller by, CancellationToken ct)
    {
        var rows = fresh.ToDictionary(i => i.Id, ExportRows.Row);
        var targets = fresh.SelectMany(i => i.Dependencies!).Where(d => Dependencies.Decides(d.Type) && !rows.ContainsKey(d.TargetId)).Select(d => d.TargetId).Distinct().ToList();
        var others = targets.Count == 0 ? [] : await db.Items.Where(i => targets.Contains(i.Id)).ToDictionaryAsync(i => i.Id, ct);
        foreach (var item in fresh)
        {
            foreach (var edge in item.Dependencies!)
            {
                // A mate of this batch is counted when it settles.
                if (edge.Type == DependencyType.ParentChild) dependencies.ConnectParent(rows[item.Id], rows.GetValueOrDefault(edge.TargetId) ?? others[edge.TargetId], edge.CreatedBy, edge.CreatedAt);
                else dependencies.Connect(rows[item.Id], edge.TargetId, edge.Type, others.GetValueOrDefault(edge.TargetId) is { Blocking: true }, edge.CreatedBy, edge.CreatedAt);
            }
            db.Labels.AddRange(item.Labels!.Select(l => new LabelRow { Label = l, ItemId = item.Id }));
        }
        db.Items.AddRange(rows.Values);
        await db.SaveChangesAsync(ct);
        var expecting = await ExpectingAsync(rows, plan, ct);
        await ledger.RecordImportedAsync(rows.Values, plan.Items.Keys, by, ct);
        if (expecting.Count > 0) await ledger.RecordAsync(expecting, by, Facts.Updated.Type, _ => Facts.Updated.Make, ct);
        foreach (var row in rows.Values) await ledger.ScheduleAsync(row, ct);
    }

    /// <summary>Items that were here and named a new id before it existed. Those that came along have been told of it as known.</summary>
    async Task<List<WorkItemRow>> ExpectingAsync(Dictionary<string, WorkItemRow> rows, ImportPlan plan, CancellationToken ct)
    {
        var waiting = await db.Edges.Where(e => rows.Keys.Contains(e.TargetId) && !rows.Keys.Contains(e.ItemId)).Select(e => e.ItemId).Distinct().ToListAsync(ct);
        waiting.RemoveAll(plan.Items.ContainsKey);
        return waiting.Count == 0 ? [] : await db.Items.Where(i => waiting.Contains(i.Id)).ToListAsync(ct);
    }

    async Task<(int, int, List<ImportConflict>)> CommentsAsync(SpoolLine[] wanted, ImportPlan plan, ImportSpool spool, Caller by, bool dryRun, CancellationToken ct)
    {
        var comments = new List<(long Line, Comment Comment)>();
        foreach (var line in wanted) comments.Add((line.Number, (await spool.ReadAsync(line, ct)).Comment!));
        var (ids, items) = (comments.Select(c => c.Comment.Id).ToList(), comments.Select(c => c.Comment.WorkItemId).Distinct().ToList());
        var here = await db.Comments.AsNoTracking().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, ct);
        var about = await db.Items.AsNoTracking().Where(i => items.Contains(i.Id)).Select(i => new { i.Id, i.RigId, i.ConvoyId }).ToDictionaryAsync(i => i.Id, ct);
        var (created, unchanged, conflicts) = (0, 0, new List<ImportConflict>());
        foreach (var (line, given) in comments)
        {
            var comment = given with { CreatedAt = ExportRows.At(given.CreatedAt) };
            if (here.TryGetValue(comment.Id, out var there))
            {
                if (new Comment(there.Id, there.WorkItemId, there.Author, there.Text, there.CreatedAt) == comment) unchanged++;
                else conflicts.Add(new ImportConflict(line, TownExport.Comment, comment.Id.ToString(), "There is another comment with this id."));
                continue;
            }
            created++;
            if (dryRun) continue;
            db.Comments.Add(new CommentRow { Id = comment.Id, WorkItemId = comment.WorkItemId, Author = comment.Author, Text = comment.Text, CreatedAt = comment.CreatedAt });
            var item = about[comment.WorkItemId];
            await outbox.PublishAsync(new WorkItemCommented(by.Event(WorkItemCommented.Type, clock.Now(), item.Id, item.RigId, item.ConvoyId), comment.Id, comment.Author, comment.Text), ct);
        }
        return (created, unchanged, conflicts);
    }
}
