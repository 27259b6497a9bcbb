using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Hooks;

/// <summary>Puts items on a hook, inside the caller's transaction.</summary>
sealed class SlingItems(HookDbContext db, AssignmentFlow flow, AgentRegistry agents, SessionGuard guard, TimeProvider clock)
{
    /// <param name="ownConvoy">Whether items that belong to no convoy get one; a molecule's do not, since it holds them together itself.</param>
    /// <param name="run">What is run instead of an agent. It comes from a formula and never from a request.</param>
    public async Task<IReadOnlyList<SlingResult>> SlingAsync(string hookId, SlingRequest request, Caller caller, CancellationToken ct, bool ownConvoy = true, PlannedRun? run = null)
    {
        await guard.RequireLiveAsync(caller, ct);
        await agents.RequireHookAsync(hookId, ct);
        var ids = request.EpicId is { } epic ? await LeavesAsync(epic, ct) : (request.WorkItemIds ?? [request.WorkItemId!]).Distinct().ToList();
        foreach (var id in ids.Order(StringComparer.Ordinal)) await db.LockAsync($"item:{id}", ct);
        var items = await db.Items.AsNoTracking().Where(i => ids.Contains(i.Id)).ToDictionaryAsync(i => i.Id, ct);
        if (ids.FirstOrDefault(i => !items.ContainsKey(i)) is { } unknown) throw Refusal.NotFound("work item", unknown).AsException();
        var convoy = request.ConvoyId;
        if (convoy is null && ownConvoy && ids.Any(i => items[i].Snapshot.ConvoyId is null)) convoy = Ids.Convoy();
        var past = await PastAsync(ids, ct);
        var rows = new List<AssignmentRow>();
        foreach (var id in ids) rows.Add(await OneAsync(hookId, items[id], past, request, request.ConvoyId ?? items[id].Snapshot.ConvoyId ?? convoy, run, caller, ct));
        foreach (var group in rows.Where(r => r.ConvoyId is not null).GroupBy(r => r.ConvoyId!))
            await flow.PublishAsync(new EnsureConvoy(group.Key, Name(items[group.First().WorkItemId], group.Count()), [.. group.Select(r => r.WorkItemId)], caller.Actor), ct);
        await db.SaveChangesAsync(ct);
        var slots = await FreeSlotsAsync(rows, ct);
        return [.. rows.Select(r => new SlingResult(r.Id, r.WorkItemId, r.HookId, r.State, r.ConvoyId,
            SlingNext.Of(r.Held, r.NotBefore > clock.Now(), r.Managed, slots.GetValueOrDefault(r.RigId))))];
    }

    async Task<AssignmentRow> OneAsync(string hookId, ItemCopy item, Past past, SlingRequest request, string? convoyId, PlannedRun? run, Caller caller, CancellationToken ct)
    {
        var rig = await RequireFitAsync(hookId, item, caller, ct);
        using var span = HookTelemetry.Spans.Start("sling", item.TraceParent, item.Id, item.RigId, caller.Actor);
        if (past.Live.GetValueOrDefault(item.Id) is { } live) return await MoveAsync(live, hookId, request, caller, ct);
        var revision = past.Revisions.GetValueOrDefault(item.Id);
        var held = await IsHeldAsync(item, request.WhenReady, revision, ct);
        var settings = rig.Snapshot.Settings;
        var merge = request.Merge ?? (rig.Snapshot.GitUrl is null ? MergeStrategy.None : settings.Merge?.Strategy ?? MergeStrategy.Merge);
        if (rig.Snapshot.GitUrl is null && Evidence.IsQueued(merge))
            throw Refusal.Unprocessable("no-repository", $"The rig {rig.Id} has no repository, so nothing can be merged there. Leave `merge` out or say none.").AsException();
        var row = new AssignmentRow
        {
            Id = Ids.Ordered(clock.Now()),
            WorkItemId = item.Id,
            RigId = item.RigId,
            HookId = hookId,
            HomeHookId = hookId,
            AgentId = ActorAddress.IsPool(hookId) ? null : hookId,
            State = AssignmentState.Queued,
            Priority = request.Priority ?? item.Snapshot.Priority,
            MaxAttempts = request.MaxAttempts ?? settings.MaxAttempts,
            Fence = past.Fences.GetValueOrDefault(item.Id),
            Revision = revision,
            Held = held,
            NotBefore = request.NotBefore,
            ConvoyId = convoyId,
            Merge = merge,
            BaseBranch = request.BaseBranch ?? rig.Snapshot.DefaultBranch,
            Args = request.Args,
            Feedback = item.Snapshot.Feedback,
            SupervisedSeconds = settings.LeaseSeconds,
            BareSeconds = settings.ClaimLeaseSeconds,
            Managed = rig.Runs(hookId, run),
            Run = run,
            TraceParent = TraceContext.Current,
        };
        db.Assignments.Add(row);
        await flow.QueueAsync(row, caller.Actor, ct);
        return row;
    }

    async Task<Past> PastAsync(List<string> ids, CancellationToken ct) => new(
        await db.Live.Where(a => ids.Contains(a.WorkItemId)).ToDictionaryAsync(a => a.WorkItemId, ct),
        await db.Assignments.AsNoTracking().Where(a => ids.Contains(a.WorkItemId)).GroupBy(a => a.WorkItemId)
            .Select(g => new { g.Key, Revision = g.Max(a => a.Revision) }).ToDictionaryAsync(g => g.Key, g => g.Revision, ct),
        await db.Fences.AsNoTracking().Where(f => ids.Contains(f.WorkItemId)).ToDictionaryAsync(f => f.WorkItemId, f => f.Fence, ct));

    /// <summary>What there was of these items before: revisions and fences go on growing from it.</summary>
    sealed record Past(Dictionary<string, AssignmentRow> Live, Dictionary<string, long> Revisions, Dictionary<string, long> Fences);

    async Task<RigCopy> RequireFitAsync(string hookId, ItemCopy item, Caller caller, CancellationToken ct)
    {
        caller.RequireRig(item.RigId);
        if (item.Trashed) throw Refusal.NotFound("work item", item.Id).AsException();
        if (item.Type == WorkItemType.Epic)
            throw Refusal.Conflict("is-container", $"{item.Id} is an epic; its children are the work. Sling them with `epicId`: {item.Id}.").AsException();
        if (item.State == WorkItemState.Closed)
            throw Refusal.Conflict("item-closed", $"{item.Id} is closed. Reopen it first if there is more to do.").AsException();
        if (item.State == WorkItemState.Submitted)
            throw Refusal.Conflict("item-submitted", $"{item.Id} is in the merge queue. It comes back by itself if it does not land.").AsException();
        if (ActorAddress.RigOf(hookId) is { } hookRig && hookRig != item.RigId)
            throw Refusal.Conflict("wrong-rig", $"{item.Id} belongs to the rig {item.RigId} and {hookId} to {hookRig}. Sling it to a hook of its own rig.").AsException();
        var rig = await db.Rigs.FindAsync([item.RigId], ct) ?? throw Refusal.NotFound("rig", item.RigId).AsException();
        if (rig.Snapshot.State == RigState.Docked)
            throw Refusal.Conflict("rig-docked", $"The rig {rig.Id} is out of operation, so nothing is slung there. Take it back into operation first.").AsException();
        return rig;
    }

    async Task<AssignmentRow> MoveAsync(AssignmentRow live, string hookId, SlingRequest request, Caller caller, CancellationToken ct)
    {
        var free = live.State != AssignmentState.Leased && live.SessionId is null;
        if (!request.Move || !free)
            throw Refusal.Conflict("already-assigned",
                $"{live.WorkItemId} is on the hook {live.HookId} already ({live.State.ToString().ToLowerInvariant()}). " +
                (free ? "Say `move: true` to put it here instead." : "It is being worked on; unsling it first if it must move."),
                ("assignment", live.ToSnapshot())).AsException();
        AssignmentFlow.Move(live, AssignmentCause.Move);
        var left = live.HookId;
        live.HookId = live.HomeHookId = hookId;
        live.AgentId = ActorAddress.IsPool(hookId) ? null : hookId;
        live.Priority = request.Priority ?? live.Priority;
        live.Args = request.Args ?? live.Args;
        live.NotBefore = request.NotBefore;
        var rig = await db.Rigs.FindAsync([live.RigId], ct);
        var managed = rig is not null && rig.Runs(hookId, live.Run);
        if (live.Run is not null && !managed)
            throw Refusal.Conflict("run-by-supervisor", $"{live.WorkItemId} is a command of its workflow, which a supervisor runs, and {hookId} is no hook of one. Sling it to the rig's pool, a polecat or crew.").AsException();
        if (live.Managed && !managed) await flow.EndDispatchAsync(live, ct);
        live.Managed = managed;
        await flow.QueueAsync(live, caller.Actor, ct);
        flow.Wake(left);
        return live;
    }

    async Task<bool> IsHeldAsync(ItemCopy item, bool whenReady, long lastRevision, CancellationToken ct)
    {
        // Hooked or in progress according to a copy that lags: Hook itself knows that the item has no assignment.
        if (item.Ready || item.State != WorkItemState.Open || item.Revision < lastRevision) return false;
        if (whenReady) return true;
        var targets = item.Snapshot.Dependencies.Where(d => d.Type == DependencyType.Blocks && !d.Dangling).Select(d => d.TargetId).ToList();
        var blockers = await db.Items.AsNoTracking().Where(i => targets.Contains(i.Id) && i.State != WorkItemState.Closed && !i.Trashed).Select(i => i.Id).ToListAsync(ct);
        var why = blockers.Count > 0 ? $"it waits for {string.Join(", ", blockers)}"
            : item.Snapshot.DeferUntil > clock.Now() ? $"it is put off until {item.Snapshot.DeferUntil:u}" : "something above it is blocked or put off";
        throw Refusal.Conflict("not-ready", $"{item.Id} is not ready: {why}. Say `whenReady: true` to let it wait on the hook.",
            ("blockers", blockers), ("deferUntil", item.Snapshot.DeferUntil)).AsException();
    }

    async Task<List<string>> LeavesAsync(string epicId, CancellationToken ct)
    {
        if (!await db.Items.AnyAsync(i => i.Id == epicId, ct)) throw Refusal.NotFound("work item", epicId).AsException();
        var (leaves, level, seen) = (new List<string>(), new List<string> { epicId }, new HashSet<string> { epicId });
        while (level.Count > 0)
        {
            var children = await db.Items.AsNoTracking().Where(i => i.ParentId != null && level.Contains(i.ParentId) && !i.Trashed)
                .Select(i => new { i.Id, i.ParentId, i.Type, i.State }).ToListAsync(ct);
            leaves.AddRange(level.Where(p => p != epicId && children.All(c => c.ParentId != p)));
            level = [.. children.Where(c => c.State is not (WorkItemState.Closed or WorkItemState.Submitted) && seen.Add(c.Id)).Select(c => c.Id)];
        }
        var open = await db.Items.AsNoTracking().Where(i => leaves.Contains(i.Id) && i.Type != WorkItemType.Epic).Select(i => i.Id).ToListAsync(ct);
        var assigned = await db.Live.AsNoTracking().Where(a => open.Contains(a.WorkItemId)).Select(a => a.WorkItemId).ToListAsync(ct);
        var rest = open.Except(assigned).Order(StringComparer.Ordinal).ToList();
        if (rest.Count == 0) throw Refusal.Conflict("nothing-to-sling", $"Every leaf below {epicId} is closed, submitted or on a hook already.").AsException();
        if (rest.Count > 500) throw Refusal.Conflict("too-many", $"{epicId} has {rest.Count} open leaves; at most 500 are slung at once. Sling its parts.").AsException();
        return rest;
    }

    async Task<Dictionary<string, bool>> FreeSlotsAsync(List<AssignmentRow> rows, CancellationToken ct)
    {
        var free = new Dictionary<string, bool>();
        foreach (var rigId in rows.Where(r => r.Managed).Select(r => r.RigId).Distinct())
        {
            var ahead = await db.Assignments.CountAsync(a => a.RigId == rigId && a.Managed && (a.State == AssignmentState.Leased || (a.State == AssignmentState.Queued && !a.Held)), ct);
            var most = (await db.Rigs.FindAsync([rigId], ct))!.Snapshot.Settings.MaxWorkers;
            free[rigId] = ahead <= most && await db.Nodes.AnyAsync(n => n.StoppedAt == null, ct);
        }
        return free;
    }

    static string Name(ItemCopy first, int count)
    {
        var name = count == 1 ? first.Snapshot.Title : $"{first.Snapshot.Title} and {count - 1} more";
        return name.Length <= 300 ? name : name[..300];
    }
}
