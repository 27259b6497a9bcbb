using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook;

/// <summary>
/// The transitions of an assignment, each with its events and due messages, inside the caller's transaction. A grant is
/// not here but one SQL statement: <see cref="LeaseSql"/>.
/// </summary>
sealed class AssignmentFlow(HookDbContext db, IOutbox<HookDbContext> outbox, HookSignals signals, RoleBeats beats, IOptions<HookOptions> options, TimeProvider clock)
{
    public TimeSpan Step { get; } = TimeSpan.FromSeconds(options.Value.AgeingSeconds);

    /// <summary>Puts a row that is queued now to its place and tells everybody; a held one only waits.</summary>
    public async Task QueueAsync(AssignmentRow row, string actor, CancellationToken ct, bool front = false)
    {
        var now = clock.Now();
        var from = row.NotBefore > now ? row.NotBefore.Value : now;
        row.Rank = row.Held ? long.MaxValue : Ageing.Rank(row.Priority, from, Step, front);
        if (!front) row.EnqueuedAt = from;
        Touch(row);
        if (row.Held) return;
        await PublishAsync(new AssignmentQueued(Header(AssignmentQueued.Type, row, actor), row.ToSnapshot()), ct);
        if (row.NotBefore > now) await outbox.ScheduleAsync(new AssignmentDue(row.Id), row.NotBefore.Value, ct);
        await RequestDispatchAsync(row, ct);
        Wake(row.HookId);
    }

    /// <summary>Asks for a slot, if a supervisor shall run it.</summary>
    public async Task RequestDispatchAsync(AssignmentRow row, CancellationToken ct)
    {
        if (row.Managed) await outbox.PublishAsync(new DispatchRequested(row.Id, row.Revision, row.RigId, row.WorkItemId), ct);
    }

    /// <summary>Ends the lease and queues the assignment again at home, or exhausts it when the attempt counts and was the last.</summary>
    /// <param name="lost">The event that says how the lease ended; not asked for when the assignment is exhausted.</param>
    /// <returns>False when it is exhausted.</returns>
    public async Task<bool> ReturnAsync(
        AssignmentRow row, string actor, bool counts, string reason, Func<RunEvent, AssignmentSnapshot, object>? lost, string? lostType, CancellationToken ct, string? feedback = null)
    {
        if (counts && row.Attempt >= row.MaxAttempts)
        {
            await ExhaustAsync(row, actor, reason, ct);
            return false;
        }
        Move(row, AssignmentCause.Return);
        await EndLeaseAsync(row, ct);
        if (counts) row.Attempt++;
        if (feedback is not null) row.Feedback = feedback;
        GoHome(row);
        row.Rank = Ageing.Rank(row.Priority, row.EnqueuedAt, Step);
        Touch(row);
        if (lost is not null) await PublishAsync(lost(Header(lostType!, row, actor), row.ToSnapshot()), ct);
        else await PublishAsync(new AssignmentQueued(Header(AssignmentQueued.Type, row, actor), row.ToSnapshot()), ct);
        await RequestDispatchAsync(row, ct);
        Wake(row.HookId);
        return true;
    }

    /// <summary>A lease that ran out while no Hook may have been there to renew it with has its whole time once more. False: it ran out, and that is that.</summary>
    public bool Prolong(AssignmentRow row)
    {
        var whole = TimeSpan.FromSeconds(row.LeaseSeconds);
        if (beats.Uptime >= whole) return false;
        row.LeaseUntil = clock.Now() + whole;
        return true;
    }

    /// <summary>A lease whose time is over is taken back; the attempt counts.</summary>
    public Task ExpireAsync(AssignmentRow row, CancellationToken ct)
    {
        HookTelemetry.Expired(db, row.RigId);
        return ReturnAsync(row, ActorAddress.System("hook"), counts: true, $"the lease of {row.LeaseHolder} was not renewed in time (fence {row.Fence})",
            (e, s) => new LeaseExpired(e, s), LeaseExpired.Type, ct);
    }

    /// <summary>All attempts are used: the item goes back to open, and a person is told; of a workflow's step its workflow does that, when it does not try it again.</summary>
    public async Task ExhaustAsync(AssignmentRow row, string actor, string reason, CancellationToken ct)
    {
        var agent = row.AgentId;
        Move(row, AssignmentCause.Exhaust);
        await EndLeaseAsync(row, ct);
        row.EndedAt = clock.Now();
        Touch(row);
        await PublishAsync(new AssignmentExhausted(Header(AssignmentExhausted.Type, row, actor), row.ToSnapshot(), reason), ct);
        await EndDispatchAsync(row, ct);
        if (Ids.IsStep(row.WorkItemId)) return;
        await outbox.PublishAsync(new RaiseIncident(
            $"exhausted:{row.WorkItemId}", Severity.High, ActorAddress.System("hook"), $"{row.WorkItemId} used up its {row.MaxAttempts} attempts",
            reason, [$"Read what went wrong: cm show {row.WorkItemId}", $"Sling it again when it can succeed: cm sling {row.WorkItemId}"], row.RigId, row.WorkItemId, agent), ct);
    }

    /// <summary>Takes it off the hook; whoever runs it is stopped.</summary>
    public async Task ReleaseAsync(AssignmentRow row, string actor, string reason, CancellationToken ct)
    {
        var (session, node) = (row.SessionId, row.NodeId);
        Move(row, AssignmentCause.Release);
        await EndLeaseAsync(row, ct);
        row.EndedAt = clock.Now();
        Touch(row);
        await PublishAsync(new AssignmentReleased(Header(AssignmentReleased.Type, row, actor), row.ToSnapshot(), reason), ct);
        await EndDispatchAsync(row, ct);
        if (session is { } id && node is not null) await outbox.PublishAsync(new StopSession(id, node, reason, false, actor), ct);
    }

    /// <summary>Undoes a dispatch that came to nothing: the place it was slung to, not before the given time.</summary>
    public async Task WithdrawDispatchAsync(AssignmentRow row, DateTimeOffset? notBefore, CancellationToken ct)
    {
        row.SessionId = null;
        row.NodeId = null;
        row.NotBefore = notBefore;
        GoHome(row);
        Touch(row);
        await PublishAsync(new AssignmentQueued(Header(AssignmentQueued.Type, row, ActorAddress.System("hook")), row.ToSnapshot()), ct);
        if (notBefore is { } at) await outbox.ScheduleAsync(new AssignmentDue(row.Id), at, ct);
        Wake(row.HookId);
    }

    /// <summary>The saga hears that there is nothing left to run.</summary>
    public async Task EndDispatchAsync(AssignmentRow row, CancellationToken ct)
    {
        if (row.Managed) await outbox.PublishAsync(new DispatchEnded(row.Id, row.Revision), ct);
        db.AfterCommit(signals.Scheduler.Pulse);
    }

    /// <summary>The lease's traces but its hash, which answers a repeated "done".</summary>
    public async Task EndLeaseAsync(AssignmentRow row, CancellationToken ct)
    {
        if (row.LeaseSeconds > 0 && row.LeaseHash is { } hash && row.LeaseHolder is not null) await outbox.CancelAsync(LeaseToken.CheckOf(hash), ct);
        row.LeaseHolder = null;
        row.LeaseSlot = null;
        row.LeaseUntil = null;
        row.SessionId = null;
        row.NodeId = null;
    }

    /// <summary>Takes the step, or refuses it with the reason.</summary>
    public static void Move(AssignmentRow row, AssignmentCause cause) => row.State = AssignmentMoves.Next(row.State, cause)
        ?? throw Refusal.Conflict("assignment-state", $"The assignment of {row.WorkItemId} is {row.State.ToString().ToLowerInvariant()}, which {cause.ToString().ToLowerInvariant()} does not follow.",
            ("assignmentId", row.Id), ("state", row.State)).AsException();

    /// <summary>A change that others will hear of.</summary>
    public static void Touch(AssignmentRow row)
    {
        row.Revision++;
        row.Version++;
    }

    public RunEvent Header(string type, AssignmentRow row, string actor)
    {
        var now = clock.Now();
        return new RunEvent(Ids.Ordered(now), type, actor, now, row.WorkItemId, row.RigId, null, row.ConvoyId);
    }

    public Task PublishAsync(object message, CancellationToken ct) => outbox.PublishAsync(message, ct);

    public void Wake(string hookId) => db.AfterCommit(() =>
    {
        signals.Queued(hookId);
        signals.Scheduler.Pulse();
    });

    static void GoHome(AssignmentRow row)
    {
        row.HookId = row.HomeHookId;
        row.AgentId = ActorAddress.IsPool(row.HomeHookId) ? null : row.HomeHookId;
    }
}
