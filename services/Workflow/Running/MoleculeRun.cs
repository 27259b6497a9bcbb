using System.Text.Json;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Runs;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>
/// What a fact does to a molecule: rows, log, events, commands and due times in the caller's transaction, under the molecule's version. Called by
/// the saga for what neighbours say and by the endpoints for what people say. Every method does nothing when its fact is not news.
/// </summary>
sealed partial class MoleculeRun(WorkflowDbContext db, IOutbox<WorkflowDbContext> outbox, TimeProvider clock)
{
    public const string Self = "system/workflow";

    /// <summary>The step of a work item; null when the item is none of this molecule's.</summary>
    public Task<StepRow?> StepOfItemAsync(MoleculeRow m, string workItemId, CancellationToken ct) =>
        db.Steps.SingleOrDefaultAsync(s => s.MoleculeId == m.MoleculeId && s.WorkItemId == workItemId, ct);

    public Task<StepRow?> StepAsync(MoleculeRow m, string stepId, CancellationToken ct) => db.Steps.SingleOrDefaultAsync(s => s.MoleculeId == m.MoleculeId && s.StepId == stepId, ct);

    /// <summary>Work says that nothing blocks the item.</summary>
    public async Task ItemReadyAsync(MoleculeRow m, WorkItemSnapshot item, CancellationToken ct)
    {
        if (await StepOfItemAsync(m, item.Id, ct) is not { Reopening: false } step || item.Version < step.ItemVersion) return;
        step.ItemVersion = item.Version;
        if (step.IsOver) return;
        step.ItemReady = true;
        // Ready although somebody had it: it came back, and is not given out again once its budget is spent.
        step.Spending = step.Spending?.SentBack(item.Fence);
        if (step.State == StepState.Running && await EndOverBudgetAsync(m, step, null, ct)) return;
        if (m.State != nameof(MoleculeState.Pouring)) await ConsiderAsync(m, step, ct);
        Settle(m);
    }

    /// <summary>Work opened the item again.</summary>
    public async Task ItemReopenedAsync(MoleculeRow m, WorkItemSnapshot item, CancellationToken ct)
    {
        if (m.Wisp && item.Id == m.RootItemId)
        {
            if (!m.Reopening) return;
            m.Reopening = false;
            await SlingWispAsync(m, item.Version, ct);
            await TellStepsAsync(m, await db.Steps.Where(s => s.MoleculeId == m.MoleculeId).OrderBy(s => s.Position).ToListAsync(ct), item.Version, ct);
            return;
        }
        if (await StepOfItemAsync(m, item.Id, ct) is not { } step || item.Version < step.ItemVersion) return;
        (step.Reopening, step.ItemVersion) = (false, item.Version);
        // That it is ready is told beside, and may have come before.
        if (item.Ready) await ItemReadyAsync(m, item, ct);
    }

    /// <summary>Somebody has it under a lease.</summary>
    public async Task ItemStartedAsync(MoleculeRow m, WorkItemSnapshot item, CancellationToken ct)
    {
        if (m.Wisp && item.Id == m.RootItemId)
        {
            foreach (var each in await db.Steps.Where(s => s.MoleculeId == m.MoleculeId && s.Fence < item.Fence).ToListAsync(ct)) (each.AgentId, each.Fence) = (item.AssignedAgentId, item.Fence);
            return;
        }
        if (await StepOfItemAsync(m, item.Id, ct) is not { IsOver: false, Reopening: false } step || item.Version < step.ItemVersion) return;
        (step.ItemVersion, step.AgentId, step.Fence) = (item.Version, item.AssignedAgentId, item.Fence);
        if (step.State == StepState.Running)
        {
            await EndOverBudgetAsync(m, step, null, ct);
            return;
        }
        step.StartedAt = clock.Now();
        if (step.Attempt == 0) step.Attempt = 1;
        await SetAsync(m, step, StepState.Running, item.AssignedAgentId ?? Self, null, ct);
        // A command's supervisor ends it in time; one that is lost, its lease.
        if (step.Step is { TimeoutSeconds: { } seconds, Run: null })
            await outbox.ScheduleAsync(new Sagas.StepTimeoutDue(m.RootItemId, step.StepId, step.Attempt), clock.Now().AddSeconds(seconds), ct);
        Settle(m);
    }

    /// <summary>The item is over: the step is, or has to be tried again.</summary>
    public async Task ItemClosedAsync(MoleculeRow m, WorkItemSnapshot item, CancellationToken ct)
    {
        if (item.Outcome is not { } outcome) return;
        if (m.Wisp && item.Id == m.RootItemId)
        {
            if (m.Reopening) await ReopenAfterAllAsync(m, item, ct);
            else await RootClosedAsync(m, outcome, ct);
            return;
        }
        if (await StepOfItemAsync(m, item.Id, ct) is not { IsOver: false } step || item.Version < step.ItemVersion) return;
        if (step.Reopening)
        {
            await ReopenAfterAllAsync(m, item, ct);
            return;
        }
        step.ItemVersion = item.Version;
        step.Fence = outcome.Fence ?? step.Fence;
        if (outcome.Kind == OutcomeKind.Cancelled) await SkipAsync(m, step, outcome.By, outcome.Summary, ct);
        else if (outcome.Kind == OutcomeKind.Failed) await FailAsync(m, step, step.FailureClass ?? "permanent", outcome.Summary ?? "it was closed as failed", outcome.By, ct, itemClosed: true);
        else await DoneAsync(m, step, outcome.Output, outcome.By, outcome.Summary, ct);
        Settle(m);
    }

    /// <summary>A closing of before it was to be opened again. Should Work have been asked to open the item first and then to close it, it is asked once more.</summary>
    Task ReopenAfterAllAsync(MoleculeRow m, WorkItemSnapshot item, CancellationToken ct) => outbox.PublishAsync(new ReopenWorkItems(m.MoleculeId, Self, [item.Id], "it is tried again", item.Version), ct);

    /// <summary>Hook gave up on it.</summary>
    public async Task ExhaustedAsync(MoleculeRow m, AssignmentSnapshot assignment, string reason, CancellationToken ct)
    {
        if (m.Wisp && assignment.WorkItemId == m.RootItemId)
        {
            if (!m.Reopening) await EndAsync(m, MoleculeState.Failed, reason, Self, ct);
            return;
        }
        if (await StepOfItemAsync(m, assignment.WorkItemId, ct) is not { IsOver: false } step) return;
        // No word of a worker: it was lost, which may pass.
        await FailAsync(m, step, step.FailureClass ?? "transient", step.Reason ?? reason, Self, ct);
        Settle(m);
    }

    /// <summary>Hook does not take it.</summary>
    public async Task SlingRefusedAsync(MoleculeRow m, SlingRefused refused, CancellationToken ct)
    {
        if (m.Wisp && refused.WorkItemId == m.RootItemId) await EndAsync(m, MoleculeState.Failed, refused.Detail, Self, ct);
        else if (await StepOfItemAsync(m, refused.WorkItemId, ct) is { IsOver: false, State: not StepState.Running } step) await FailAsync(m, step, "permanent", refused.Detail, Self, ct);
        Settle(m);
    }

    /// <summary>The time of a back-off is over.</summary>
    public async Task RetryDueAsync(MoleculeRow m, string stepId, int attempt, CancellationToken ct)
    {
        if (await StepAsync(m, stepId, ct) is not { State: StepState.Pending } step || step.Attempt != attempt || step.NotBefore is null) return;
        step.NotBefore = null;
        await ConsiderAsync(m, step, ct);
        Settle(m);
    }

    /// <summary>A step that still runs took too long.</summary>
    public async Task TimeoutDueAsync(MoleculeRow m, string stepId, int attempt, CancellationToken ct)
    {
        if (await StepAsync(m, stepId, ct) is not { State: StepState.Running } step || step.Attempt != attempt) return;
        await StopAsync(m, step, "timeout", $"it was not done within {step.Step.TimeoutSeconds} seconds", ct);
    }

    /// <summary>Fails a step whose attempt may still run: closing its item takes it from whoever has it.</summary>
    async Task StopAsync(MoleculeRow m, StepRow step, string failureClass, string reason, CancellationToken ct)
    {
        if (step.WorkItemId is { } item) await outbox.PublishAsync(new CloseWorkItems(m.MoleculeId, Self, [new PlannedClose(item, OutcomeKind.Failed, reason)]), ct);
        await FailAsync(m, step, failureClass, reason, Self, ct, itemClosed: true);
        Settle(m);
    }

    /// <summary>Starts a pending step when everything it needs is there.</summary>
    /// <param name="all">The molecule's steps, where they are at hand.</param>
    async Task ConsiderAsync(MoleculeRow m, StepRow step, CancellationToken ct, IReadOnlyDictionary<string, StepRow>? all = null)
    {
        if (step.State != StepState.Pending || !step.ItemReady || m.Paused || m.IsOver || step.NotBefore > clock.Now()) return;
        if (step.Kind is StepKind.Group or StepKind.Loop || (step.Kind == StepKind.Compensation && m.Compensating is null)) return;
        if (!await NeedsAreMetAsync(m, step, all, ct)) return;
        if (step.Step.Gates is { Count: > 0 } && !await GatesAreOpenAsync(m, step, ct)) return;
        await StartAsync(m, step, ct);
    }

    async Task StartAsync(MoleculeRow m, StepRow step, CancellationToken ct)
    {
        if (step.Kind == StepKind.Gate)
        {
            await DoneAsync(m, step, null, Self, "its gate is open", ct, closeItem: true);
            return;
        }
        var filled = await FillOutputsAsync(m, step.Step, ct);
        var changed = filled.Title != step.Step.Title || filled.Description != step.Step.Description;
        if (!ReferenceEquals(filled, step.Step)) step.Step = filled;
        if (filled.Run is { } tooMuch && RunCommand.Refuse(tooMuch) is { } why)
        {
            await FailAsync(m, step, "permanent", why, Self, ct);
            return;
        }
        if (OverBudget(m, step, null) is { } spent)
        {
            await FailAsync(m, step, BudgetSpent, spent, Self, ct);
            return;
        }
        await SetAsync(m, step, StepState.Ready, Self, null, ct);
        if (step.WorkItemId is not { } item) return;
        if (changed) await outbox.PublishAsync(new DescribeWorkItem(m.MoleculeId, Self, item, Short(filled.Title), StepItems.Description(filled)), ct);
        if (filled.Interactive) return;
        step.Attempt++;
        // A command is tried again by its step alone; Hook's attempts are then for those whose supervisor was lost.
        var run = filled.Run is { } command ? new PlannedRun(command, filled.TimeoutSeconds) : null;
        await outbox.PublishAsync(new SlingWork(m.MoleculeId, item, HookOf(m, filled.Assignee), m.ConvoyId, filled.Priority, filled.Retry is null || run is not null ? null : 1, changed ? filled.Description : null, Run: run,
            ItemVersion: step.ItemVersion == 0 ? null : step.ItemVersion), ct);
    }

    async Task<bool> NeedsAreMetAsync(MoleculeRow m, StepRow step, IReadOnlyDictionary<string, StepRow>? all, CancellationToken ct)
    {
        if (step.Kind == StepKind.Compensation) return true;
        for (var at = step; at is not null; at = at.ParentId is { } parent ? await OneAsync(parent) : null)
        {
            var needs = at.Step.Needs;
            if (needs.Count == 0) continue;
            var rows = all is null ? await db.Steps.Where(s => s.MoleculeId == m.MoleculeId && needs.Contains(s.StepId)).ToListAsync(ct) : needs.Select(all.GetValueOrDefault).OfType<StepRow>();
            if (rows.Any(r => !r.LetsOthersGo)) return false;
        }
        if (step.Step.WaitsFor is not { } waits || await OneAsync(waits.Of) is not { } spawner) return true;
        return spawner.OpenSpawned == 0 || (waits.Any && spawner.DoneSpawned > 0);

        async Task<StepRow?> OneAsync(string id) => all is null ? await StepAsync(m, id, ct) : all.GetValueOrDefault(id);
    }

    /// <summary>A step ended well.</summary>
    async Task DoneAsync(MoleculeRow m, StepRow step, JsonElement? output, string by, string? summary, CancellationToken ct, bool closeItem = false)
    {
        if (OutputShape.Refuse(step.Step.OutputSchema, output) is { } wrong)
        {
            await FailAsync(m, step, "permanent", wrong, by, ct, itemClosed: !closeItem);
            return;
        }
        step.Output = output?.GetRawText();
        step.FailureClass = null;
        step.Completion = ++m.Completions;
        await SetAsync(m, step, StepState.Done, by, summary, ct);
        if (closeItem && step.WorkItemId is { } item) await outbox.PublishAsync(new CloseWorkItems(m.MoleculeId, by, [new PlannedClose(item, OutcomeKind.Completed, summary)]), ct);
        if (step.Step.FanOut is { } fanOut && await FanOutAsync(m, step, fanOut, output, ct) is { } why)
        {
            step.State = StepState.Running;     // it is not done: nobody can make of it what its formula asks for
            m.Open++;
            m.Active++;
            await FailAsync(m, step, "permanent", why, by, ct, itemClosed: true);
            return;
        }
        await OverAsync(m, step, ct);
    }

    /// <summary>A step is over and lets others go: its group, its spawner, those that wait.</summary>
    async Task OverAsync(MoleculeRow m, StepRow step, CancellationToken ct)
    {
        if (m.Compensating is not null)
        {
            await CompensatedAsync(m, step, ct);
            return;
        }
        if (step.SpawnedBy is { } spawnerId && await StepAsync(m, spawnerId, ct) is { } spawner)
        {
            spawner.OpenSpawned--;
            if (step.State == StepState.Done) spawner.DoneSpawned++;
        }
        if (step.ParentId is { } parentId && await StepAsync(m, parentId, ct) is { IsOver: false } parent && --parent.OpenChildren == 0) await ChildrenOverAsync(m, parent, ct);
        if (m.IsOver) return;
        await db.SaveChangesAsync(ct);
        await OpenConditionalsAsync(m, ct);
        await ConsiderAllAsync(m, ct);
        if (m.Open == 0 && !m.Wisp) await EndAsync(m, MoleculeState.Completed, null, Self, ct);
    }

    /// <summary>Everybody that Work thinks ready.</summary>
    async Task ConsiderAllAsync(MoleculeRow m, CancellationToken ct)
    {
        // A wisp's steps have no items to wait for: all that are left are looked at each time, so all are read at once and not each with what it needs.
        var all = m.Wisp ? await db.Steps.Where(s => s.MoleculeId == m.MoleculeId).ToDictionaryAsync(s => s.StepId, ct) : null;
        var pending = all?.Values.Where(s => s is { State: StepState.Pending, ItemReady: true }).OrderBy(s => s.Position).ToList()
            ?? await db.Steps.Where(s => s.MoleculeId == m.MoleculeId && s.State == StepState.Pending && s.ItemReady).OrderBy(s => s.Position).ToListAsync(ct);
        foreach (var step in pending) await ConsiderAsync(m, step, ct, all);
    }

    async Task ChildrenOverAsync(MoleculeRow m, StepRow group, CancellationToken ct)
    {
        if (group.Kind != StepKind.Loop || group.Step.Until is not { } until)
        {
            await DoneAsync(m, group, null, Self, null, ct, closeItem: true);
            return;
        }
        await db.SaveChangesAsync(ct);
        var holds = Domain.Expressions.RunCondition.Parse(until.Condition) is { } condition && await HoldsAsync(m, condition, group, ct) is true;
        if (holds) await DoneAsync(m, group, null, Self, $"after {group.Iteration} iterations", ct, closeItem: true);
        else if (group.Iteration < until.Max) await IterateAsync(m, group, until, ct);
        else await FailAsync(m, group, "permanent", $"{until.Condition} did not hold after {until.Max} iterations", Self, ct);
    }

    /// <summary>Running while something is ready or runs, waiting while only gates are in the way.</summary>
    static void Settle(MoleculeRow m)
    {
        if (m.IsOver || m.State == nameof(MoleculeState.Pouring)) return;
        m.State = m is { Active: 0, Waiting: > 0 } ? nameof(MoleculeState.Waiting) : nameof(MoleculeState.Running);
    }

    static string Short(string title) => title.Length <= 300 ? title : title[..300];
}
