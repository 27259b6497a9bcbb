using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Running;

/// <summary>Making, launching, pausing and giving up.</summary>
sealed partial class ConvoyRun
{
    /// <summary>Writes a staged convoy with these items.</summary>
    public async Task CreateAsync(ConvoyRow row, IReadOnlyCollection<string> items, string actor, CancellationToken ct)
    {
        row.CorrelationId = ConvoyRow.KeyOf(row.ConvoyId);
        row.State = nameof(ConvoyState.Staged);
        row.CreatedAt = clock.Now();
        db.Convoys.Add(row);
        await InsertAsync(row.ConvoyId, items, ct);
        await TellAsync(row, new ConvoyCreated(Header(ConvoyCreated.Type, row, actor), await reader.SnapshotAsync(row, ct)), null, ct);
    }

    /// <summary>Begins a staged convoy if its plan allows it. One that is under way already is left alone.</summary>
    public async Task LaunchAsync(ConvoyRow row, bool force, string actor, CancellationToken ct)
    {
        if (row.State == nameof(ConvoyState.Open)) return;
        // What becomes ready meanwhile is either in the plan or finds the convoy open.
        await db.LockItemsAsync(await db.Items.Where(i => i.ConvoyId == row.ConvoyId).Select(i => i.WorkItemId).ToListAsync(ct), ct);
        await RefuseHeldElsewhereAsync(row, await db.Items.Where(i => i.ConvoyId == row.ConvoyId).Select(i => i.WorkItemId).ToListAsync(ct), ct);
        var look = await plans.LookAsync(row.ConvoyId, ct);
        Refuse(plans.Plan(row, look), force);
        await BeginAsync(row, actor, ct);
        await GoOnAsync(row, ct, look);
        if (row.State == nameof(ConvoyState.Open)) await JudgeTermsAsync(row, ct);
    }

    /// <summary>Opens it without asking: work of it runs.</summary>
    public async Task BeginAsync(ConvoyRow row, string actor, CancellationToken ct)
    {
        row.State = nameof(ConvoyState.Open);
        row.LaunchedAt = clock.Now();
        await HoldAsync(row, ct);
        await TellAsync(row, new ConvoyLaunched(Header(ConvoyLaunched.Type, row, actor), await reader.SnapshotAsync(row, ct)), null, ct);
        await WatchAsync(row, ct);
    }

    static void Refuse(ConvoyPlan plan, bool force)
    {
        if (plan.Errors.Count > 0)
            throw Refusal.Conflict("plan-errors", $"It cannot be launched. {string.Join(" ", plan.Errors.Select(e => e.Detail))}", ("errors", plan.Errors), ("warnings", plan.Warnings)).AsException();
        if (plan.Warnings.Count > 0 && !force)
            throw Refusal.Conflict("plan-warnings", $"{string.Join(" ", plan.Warnings.Select(w => w.Detail))} Say `force: true` to launch it all the same.", ("warnings", plan.Warnings)).AsException();
    }

    /// <summary>Slings nothing more, and takes back what nobody has begun.</summary>
    public async Task PauseAsync(ConvoyRow row, string actor, CancellationToken ct)
    {
        if (row.Paused) return;
        row.Paused = true;
        await UnslingAsync(row, row.Auto ? await OnHooksAsync(row, running: false, ct) : [], running: false, "the convoy is paused", ct);
        await TellAsync(row, new ConvoyPaused(Header(ConvoyPaused.Type, row, actor), await reader.SnapshotAsync(row, ct)), null, ct);
    }

    /// <summary>Slings again, also what was sent before the pause and never came to a hook; and orders again a landing that has failed.</summary>
    public async Task ResumeAsync(ConvoyRow row, string actor, CancellationToken ct)
    {
        if (row is { Paused: false, LandingFailure: null }) return;
        (row.Paused, row.LandingFailure) = (false, null);
        var unanswered = from item in db.Items
                         where item.ConvoyId == row.ConvoyId && item.SlungAt != null && item.Hold == null
                         join copy in db.Copies on item.WorkItemId equals copy.Id
                         where copy.State == WorkItemState.Open && copy.Revision == item.SlungRevision
                         select item;
        foreach (var item in await unanswered.ToListAsync(ct)) item.Free();
        await TellAsync(row, new ConvoyResumed(Header(ConvoyResumed.Type, row, actor), await reader.SnapshotAsync(row, ct)), null, ct);
        await WatchAsync(row, ct);
        await GoOnAsync(row, ct);
        if (row.StrandedCode == Stranding.LandingFailed) await ConsiderStrandingAsync(row, ct);
    }

    /// <summary>Gives it up: what is queued is taken back, what runs may finish or is stopped.</summary>
    public async Task CancelAsync(ConvoyRow row, RunningWork running, string? reason, string actor, CancellationToken ct)
    {
        if (row.State == nameof(ConvoyState.Cancelled)) return;
        var stop = running == RunningWork.Stop;
        await UnslingAsync(row, row.State == nameof(ConvoyState.Open) ? await OnHooksAsync(row, stop, ct) : [], stop, reason ?? "the convoy was cancelled", ct);
        (row.State, row.Landing, row.LandingFailure) = (nameof(ConvoyState.Cancelled), false, null);
        await HoldAsync(row, ct);
        await EndChecksAsync(row, ct);
        await EndTermsAsync(row, ct);
        await TellAsync(row, new ConvoyCancelled(Header(ConvoyCancelled.Type, row, actor), await reader.SnapshotAsync(row, ct), reason), reason, ct);
    }
}
