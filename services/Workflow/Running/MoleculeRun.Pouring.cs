using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>From the poured instance to work items: one batch after the other, each asked for when the one before exists.</summary>
sealed partial class MoleculeRun
{
    /// <summary>The instance is there.</summary>
    public async Task PouredAsync(MoleculeRow m, string by, CancellationToken ct)
    {
        Note(m, null, "poured", null, null, by, m.Formula);
        await outbox.PublishAsync(new MoleculePoured(HeaderOf(MoleculePoured.Type, m, by), m.ToSnapshot()), ct);
    }

    /// <summary>A batch exists: ask for the next, or run. An answer that came before changes nothing.</summary>
    public async Task ItemsCreatedAsync(MoleculeRow m, int batch, CancellationToken ct)
    {
        if (m.State != nameof(MoleculeState.Pouring) || batch != m.Batches) return;
        m.Batches++;
        if (m.Wisp)
        {
            await SlingWispAsync(m, null, ct);
            await BeginRunAsync(m, ct);
            return;
        }
        // The items are numbered in an order in which they can be made.
        var ids = Enumerable.Range((batch * StepItems.Batch) + 1, StepItems.Batch).TakeWhile(n => n < m.NextItem).Select(n => Ids.Child(m.RootItemId, n)).ToList();
        var rows = ids.Count == 0 ? [] : await db.Steps.AsNoTracking().Where(s => s.MoleculeId == m.MoleculeId && ids.Contains(s.WorkItemId!)).ToListAsync(ct);
        if (rows.Count == 0) await BeginRunAsync(m, ct);
        else await outbox.PublishAsync(new CreateWorkItems(m.MoleculeId, batch + 1, m.PouredBy, StepItems.Batches(await ItemsAsync(m, rows, ct)).Single()), ct);
    }

    /// <summary>The items of rows, which name what they belong to and wait for.</summary>
    async Task<IReadOnlyList<Contracts.Http.CreateWorkItem>> ItemsAsync(MoleculeRow m, IReadOnlyList<StepRow> rows, CancellationToken ct)
    {
        var all = rows.ToDictionary(r => r.StepId);
        var others = rows.SelectMany(r => r.Step.Needs.Append(r.ParentId)).OfType<string>().Where(n => !all.ContainsKey(n)).Distinct().ToList();
        foreach (var names in others.Chunk(StepItems.Batch))
            foreach (var row in await db.Steps.AsNoTracking().Where(s => s.MoleculeId == m.MoleculeId && names.Contains(s.StepId)).ToListAsync(ct)) all[row.StepId] = row;
        return StepItems.Of(m, rows, all);
    }

    /// <summary>Work refuses the items: nothing can run.</summary>
    public Task ItemsRefusedAsync(MoleculeRow m, WorkItemsRefused refused, CancellationToken ct) => EndAsync(m, MoleculeState.Failed, $"its work items were refused: {refused.Detail}", Self, ct);

    Task SlingWispAsync(MoleculeRow m, long? itemVersion, CancellationToken ct) => outbox.PublishAsync(new SlingWork(
        m.MoleculeId, m.RootItemId, HookOf(m, m.Assignee), m.ConvoyId, null, null, null, ItemVersion: itemVersion), ct);

    /// <summary>Where work goes: to whom it is meant for, or to the rig's pool.</summary>
    static string HookOf(MoleculeRow m, string? assignee) => ActorAddress.IsHook(assignee) ? assignee! : ActorAddress.Pool(m.RigId);

    /// <summary>What a wisp's worker is shown.</summary>
    public Task TellStepsAsync(MoleculeRow m, IEnumerable<StepRow> steps, long? itemVersion, CancellationToken ct) => outbox.PublishAsync(new WispPoured(
        m.MoleculeId, m.RootItemId, [.. steps.Where(r => r.Kind == StepKind.Work).Select(r => new WispStep(r.StepId, r.Step.Title, r.Step.Description, r.State))], itemVersion), ct);

    async Task BeginRunAsync(MoleculeRow m, CancellationToken ct)
    {
        m.State = nameof(MoleculeState.Running);
        await ConsiderAllAsync(m, ct);
        // Everything may be there already in a fork.
        if (m.Open == 0 && !m.Wisp) await EndAsync(m, MoleculeState.Completed, null, Self, ct);
        Settle(m);
    }
}
