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
            var hook = ActorAddress.IsHook(m.Assignee) ? m.Assignee! : ActorAddress.Pool(m.RigId);
            await outbox.PublishAsync(new SlingWork(m.MoleculeId, m.RootItemId, hook, m.ConvoyId, null, null, null), ct);
            await BeginRunAsync(m, ct);
            return;
        }
        var rows = await db.Steps.AsNoTracking().Where(s => s.MoleculeId == m.MoleculeId).OrderBy(s => s.Position).ToDictionaryAsync(s => s.StepId, ct);
        var batches = StepItems.Batches(StepItems.Of(m, [.. rows.Values.Where(r => r.WorkItemId is not null)], rows));
        if (batch < batches.Count) await outbox.PublishAsync(new CreateWorkItems(m.MoleculeId, batch + 1, m.PouredBy, batches[batch]), ct);
        else await BeginRunAsync(m, ct);
    }

    /// <summary>Work refuses the items: nothing can run.</summary>
    public Task ItemsRefusedAsync(MoleculeRow m, WorkItemsRefused refused, CancellationToken ct) => EndAsync(m, MoleculeState.Failed, $"its work items were refused: {refused.Detail}", Self, ct);

    async Task BeginRunAsync(MoleculeRow m, CancellationToken ct)
    {
        m.State = nameof(MoleculeState.Running);
        await ConsiderAllAsync(m, ct);
        // Everything may be there already in a fork.
        if (m.Open == 0 && !m.Wisp) await EndAsync(m, MoleculeState.Completed, null, Self, ct);
        Settle(m);
    }
}
