using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook.Features.Leases;

/// <summary>Grants leases: for claims and for handoffs that are taken up. One transaction each.</summary>
sealed class Leasing(
    HookDbContext db, AssignmentFlow flow, AgentRegistry agents, SessionGuard guard, IOutbox<HookDbContext> outbox, TokenIssuer issuer, IOptions<HookOptions> options, TimeProvider clock)
{
    static readonly string[] WithoutSlot = ["overseer", "system"];

    /// <summary>The next of the hook (an agent at its rig's pool: of its own hook first), or the named one; null when there is none.</summary>
    public Task<ClaimResult?> ClaimAsync(string hookId, Guid? assignmentId, Guid? sessionId, Caller caller, CancellationToken ct) => GuardSlotAsync(Taker(hookId, caller), hookId, assignmentId, async (taker, token) =>
    {
        await guard.RequireLiveAsync(caller, token);
        await agents.EnsureAsync(taker.Holder, caller, token);
        var now = clock.Now();
        var lease = LeaseToken.New();
        var row = assignmentId is { } named ? await db.TakeAsync(named, sessionId, hookId, taker, lease, now, token)
            : (taker.HookId != hookId ? await db.TakeNextAsync(taker.HookId, taker, lease, now, token) : null) ?? await db.TakeNextAsync(hookId, taker, lease, now, token);
        return row is null ? null : await GrantedAsync(row, lease, caller, sessionId, token);
    }, ct);

    /// <summary>A lease on an assignment that was handed over or parked; null when it is not free.</summary>
    public Task<ClaimResult?> ResumeAsync(Guid assignmentId, string agentId, Caller caller, CancellationToken ct) => GuardSlotAsync(Taker(agentId, caller), agentId, assignmentId, async (taker, token) =>
    {
        await guard.RequireLiveAsync(caller, token);
        await agents.EnsureAsync(agentId, caller, token);
        var lease = LeaseToken.New();
        return await db.TakeHandedAsync(assignmentId, taker, lease, clock.Now(), token) is { } row ? await GrantedAsync(row, lease, caller, null, token) : null;
    }, ct);

    LeaseTaker Taker(string hookId, Caller caller)
    {
        var holder = ActorAddress.IsPool(hookId) ? caller.Actor : hookId;
        var slot = options.Value.OneLeasePerAgent && !WithoutSlot.Contains(ActorAddress.RoleOf(holder)) ? holder : null;
        return new LeaseTaker(holder, slot, holder, caller.IsSupervisor);
    }

    /// <summary>The unique slot is the guard; it is looked up only when it has spoken, or when there was nothing to claim.</summary>
    async Task<ClaimResult?> GuardSlotAsync(LeaseTaker taker, string hookId, Guid? assignmentId, Func<LeaseTaker, CancellationToken, Task<ClaimResult?>> take, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await db.TransactAsync(token => take(taker, token), ct) is { } granted) return granted;
                await RequireNotStoppedAsync(hookId, assignmentId, ct);
                await RequireFreeAsync(taker, ct);
                return null;
            }
            catch (Exception e) when (Transactions.IsUniqueViolation(e))
            {
                await RequireFreeAsync(taker, ct);
                if (attempt == 3) throw;      // not the slot: the same agent registered twice at once; it is there now
            }
        }
    }

    /// <summary>The grant's own statement is the guard; this says why there was nothing.</summary>
    async Task RequireNotStoppedAsync(string hookId, Guid? assignmentId, CancellationToken ct)
    {
        var stops = await db.Stops.AsNoTracking().ToListAsync(ct);
        if (stops.Count == 0) return;
        var named = assignmentId is { } id ? await db.Assignments.AsNoTracking().Where(a => a.Id == id).Select(a => new { a.RigId, a.ConvoyId }).SingleOrDefaultAsync(ct) : null;
        if (stops.FirstOrDefault(s => StopScope.Holds(s.Scope, named?.RigId ?? ActorAddress.RigOf(hookId), named?.ConvoyId)) is not { } stop) return;
        throw Stopped(stop);
    }

    /// <summary>Why nothing may be begun.</summary>
    public static Exception Stopped(StopRow stop) => Refusal.Conflict("stopped",
        $"Nothing of {stop.Scope} is started: emergency stop by {stop.By} at {stop.At:u}, {stop.Reason ?? "no reason given"}. What is queued keeps its place; `cm start` lifts the stop.",
        ("scope", stop.Scope), ("by", stop.By), ("at", stop.At)).AsException();

    async Task RequireFreeAsync(LeaseTaker taker, CancellationToken ct)
    {
        if (taker.Slot is null) return;
        var held = await db.Assignments.AsNoTracking().Where(a => a.LeaseSlot == taker.Slot).Select(a => new { a.Id, a.WorkItemId, a.Fence, a.LeaseUntil }).FirstOrDefaultAsync(ct);
        if (held is not null)
            throw Refusal.Conflict("lease-held", $"{taker.Holder} holds {held.WorkItemId} under a live lease and may hold one at a time. Finish, hand off or release it first.",
                ("assignmentId", held.Id), ("workItemId", held.WorkItemId), ("fence", held.Fence), ("until", held.LeaseUntil)).AsException();
    }

    async Task<ClaimResult> GrantedAsync(AssignmentRow row, LeaseToken lease, Caller caller, Guid? sessionId, CancellationToken ct)
    {
        using var span = HookTelemetry.Spans.Start("claim", row.TraceParent, row.WorkItemId, row.RigId, row.LeaseHolder, row.Fence);
        var snapshot = row.ToSnapshot();
        await outbox.PublishAsync(new LeaseGranted(flow.Header(LeaseGranted.Type, row, caller.Actor), snapshot), ct);
        await outbox.ScheduleAsync(new LeaseCheck(row.Id, row.Fence), row.LeaseUntil!.Value, LeaseToken.CheckOf(lease.Hash), ct);
        if (row.Managed) await outbox.PublishAsync(new DispatchLeased(row.Id, row.Revision), ct);
        var item = await db.Items.AsNoTracking().SingleAsync(i => i.Id == row.WorkItemId, ct);
        var handoff = row.HandoffId is { } id ? await AcceptAsync(id, row, caller, ct) : null;
        var session = caller.IsSupervisor && sessionId is not null ? await SessionTokenAsync(row, ct) : null;
        return new ClaimResult(snapshot, item.Snapshot, handoff, item.Snapshot.Ephemeral ? await StepsAsync(row.WorkItemId, ct) : [], new Lease(lease.Text, row.Fence, row.LeaseUntil.Value), session);
    }

    async Task<IReadOnlyList<ClaimStep>> StepsAsync(string workItemId, CancellationToken ct) =>
        await db.WispSteps.AsNoTracking().Where(s => s.WorkItemId == workItemId).OrderBy(s => s.Position).Select(s => new ClaimStep(s.StepId, s.Title, s.Description, s.State)).ToListAsync(ct);

    async Task<HandoffSnapshot> AcceptAsync(Guid handoffId, AssignmentRow row, Caller caller, CancellationToken ct)
    {
        var handoff = await db.Handoffs.SingleAsync(h => h.Id == handoffId, ct);
        if (handoff.State is HandoffState.Pending or HandoffState.Parked)
        {
            handoff.State = HandoffState.Accepted;
            handoff.AcceptedAt = clock.Now();
            handoff.AcceptedBy = row.LeaseHolder;
            handoff.Version++;
            await outbox.PublishAsync(new HandoffAccepted(flow.Header(HandoffAccepted.Type, row, caller.Actor), handoff.ToSnapshot()), ct);
        }
        return handoff.ToSnapshot();
    }

    async Task<string> SessionTokenAsync(AssignmentRow row, CancellationToken ct)
    {
        var rig = await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == row.RigId, ct);
        var wall = TimeSpan.FromSeconds(rig?.Snapshot.Settings.RuntimeOptions?.MaxWallSeconds ?? 14_400);
        if (row.Run?.TimeoutSeconds is { } limit && limit > wall.TotalSeconds) wall = TimeSpan.FromSeconds(limit);
        return issuer.Issue(row.LeaseHolder!, Roles.Agent, wall + TimeSpan.FromHours(1), [row.RigId], row.Id, row.Fence);
    }
}
