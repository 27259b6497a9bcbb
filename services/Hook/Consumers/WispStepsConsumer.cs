using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Hook.Data;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Consumers;

/// <summary>
/// Keeps the checklists of wisps, which a claim shows: a wisp's whole list when it is poured or tried again, then what becomes of each step. Steps of a molecule
/// have items of their own and are not kept.
/// </summary>
sealed class WispStepsConsumer(HookDbContext db) : IConsumer<WispPoured>, IConsumer<StepReady>, IConsumer<StepDone>, IConsumer<StepFailed>, IConsumer<StepSkipped>
{
    public async Task Consume(ConsumeContext<WispPoured> context)
    {
        var (m, ct) = (context.Message, context.CancellationToken);
        if (await IsOverAsync(m.RootItemId, ct, m.ItemVersion)) return;
        var known = await db.WispSteps.Where(s => s.WorkItemId == m.RootItemId).ToDictionaryAsync(s => s.StepId, ct);
        foreach (var (step, i) in m.Steps.Select((s, i) => (s, i)))
        {
            if (!known.TryGetValue(step.Id, out var row)) db.WispSteps.Add(row = new WispStepRow { WorkItemId = m.RootItemId, StepId = step.Id, State = step.State });
            // A step that was told of already has the newer title.
            if (row.EventId.Length == 0) row.Title = step.Title;
            (row.Position, row.Description, row.ItemVersion) = (i, step.Description, Math.Max(row.ItemVersion, m.ItemVersion ?? 0));
        }
    }

    public Task Consume(ConsumeContext<StepReady> c) => KeepAsync(c.Message.Event, c.Message.Step, c.CancellationToken);

    public Task Consume(ConsumeContext<StepDone> c) => KeepAsync(c.Message.Event, c.Message.Step, c.CancellationToken);

    public Task Consume(ConsumeContext<StepFailed> c) => KeepAsync(c.Message.Event, c.Message.Step, c.CancellationToken);

    public Task Consume(ConsumeContext<StepSkipped> c) => KeepAsync(c.Message.Event, c.Message.Step, c.CancellationToken);

    /// <summary>Nobody claims it any more, and its list is gone.</summary>
    Task<bool> IsOverAsync(string item, CancellationToken ct, long? since = null) =>
        db.Items.AnyAsync(i => i.Id == item && (i.State == WorkItemState.Closed || i.Trashed) && (since == null || i.Version >= since), ct);

    async Task KeepAsync(RunEvent header, StepSnapshot step, CancellationToken ct)
    {
        if (header.WorkflowInstanceId is not { } id || !Ids.IsWisp(id) || step.Kind != StepKind.Work) return;
        var item = Ids.RootOf(id);
        var row = await db.WispSteps.FindAsync([item, step.Id], ct);
        // Ids of events are ordered in time: what comes late is told by an older one.
        if (row is not null && string.CompareOrdinal(row.EventId, header.EventId.ToString()) >= 0) return;
        if (row is null)
        {
            if (await IsOverAsync(item, ct)) return;
            // One that was made while it runs, or one whose list is still on its way.
            var last = await db.WispSteps.Where(s => s.WorkItemId == item).MaxAsync(s => (int?)s.Position, ct) ?? -1;
            db.WispSteps.Add(row = new WispStepRow { WorkItemId = item, StepId = step.Id, Position = last + 1 });
        }
        row.Title = step.Title;
        (row.State, row.EventId) = (step.State, header.EventId.ToString());
    }
}
