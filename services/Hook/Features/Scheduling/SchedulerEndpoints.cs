using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Dispatch;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Hook.Features.Scheduling;

/// <summary><c>GET /scheduler</c> and <c>POST /scheduler/pause|resume</c>. Resuming a rig also closes its open circuits.</summary>
static class SchedulerEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/scheduler", Status);
        routes.MapPost("/scheduler/pause", Pause);
        routes.MapPost("/scheduler/resume", Resume);
    }

    static async Task<Ok<SchedulerStatus>> Status(HookDbContext db, Scheduler scheduler, IOptions<HookOptions> options, CancellationToken ct) =>
        TypedResults.Ok(await StatusAsync(db, scheduler, options.Value, ct));

    static async Task<SchedulerStatus> StatusAsync(HookDbContext db, Scheduler scheduler, HookOptions options, CancellationToken ct)
    {
        var view = await scheduler.LookAsync(ct);
        var pauses = await db.Pauses.AsNoTracking().OrderBy(p => p.Scope).Select(p => new SchedulerPause(p.Scope, p.Reason, p.By, p.At)).ToListAsync(ct);
        var circuits = await db.Circuits.AsNoTracking().Where(c => c.OpenedAt != null).OrderBy(c => c.RigId)
            .Select(c => new OpenCircuit(c.RigId, c.Runtime, c.Failures, c.LastReason, c.OpenedAt!.Value)).ToListAsync(ct);
        var nodes = await db.Nodes.AsNoTracking().Where(n => n.StoppedAt == null).OrderBy(n => n.NodeId).ToListAsync(ct);
        var free = view.Input.Nodes.ToDictionary(n => n.NodeId, n => n.FreeSlots);
        var ids = view.Input.Waiting.Select(w => w.AssignmentId).ToList();
        var items = await db.Assignments.AsNoTracking().Where(a => ids.Contains(a.Id)).Select(a => new { a.Id, a.WorkItemId }).ToDictionaryAsync(a => a.Id, a => a.WorkItemId, ct);
        return new SchedulerStatus(
            options.MaxWorkers, view.Input.Running, options.StartsPerMinute, view.Input.StartsLeft, Ageing.Bound(view.Input.Step).TotalSeconds, pauses, circuits,
            [.. nodes.Select(n => new NodeCapacity(n.NodeId, n.Snapshot.Slots, n.Snapshot.Slots - free.GetValueOrDefault(n.NodeId, n.Snapshot.Slots), n.Snapshot.Draining, n.LastSeenAt))],
            [.. view.Input.Rigs.OrderBy(r => r.RigId, StringComparer.Ordinal).Select(r => new RigCapacity(r.RigId, r.MaxWorkers, r.Running, view.Input.Waiting.Count(w => w.RigId == r.RigId), r.Closed))],
            [.. view.Plan.Waits.Select(w => new WaitingAssignment(w.AssignmentId, items.GetValueOrDefault(w.AssignmentId, ""), w.Reason))]);
    }

    static async Task<Ok<SchedulerStatus>> Pause(
        SchedulerScope request, Caller caller, HookDbContext db, IOutbox<HookDbContext> outbox, Scheduler scheduler, IOptions<HookOptions> options, TimeProvider clock, CancellationToken ct)
    {
        var scope = RequireRight(request, caller, "Pausing the scheduler");
        await db.TransactAsync(async token =>
        {
            await RequireScopeAsync(db, scope, token);
            if (await db.Pauses.FindAsync([scope], token) is { } known)
            {
                known.Reason = request.Reason;
                return;
            }
            var now = clock.Now();
            db.Pauses.Add(new PauseRow { Scope = scope, Reason = request.Reason, By = caller.Actor, At = now });
            await outbox.PublishAsync(new SchedulerPaused(caller.Event(SchedulerPaused.Type, now, rigId: RigOf(scope)), scope, request.Reason), token);
        }, ct);
        return TypedResults.Ok(await StatusAsync(db, scheduler, options.Value, ct));
    }

    static async Task<Ok<SchedulerStatus>> Resume(
        SchedulerScope request, Caller caller, HookDbContext db, IOutbox<HookDbContext> outbox, Scheduler scheduler, Starts starts, IOptions<HookOptions> options, TimeProvider clock, CancellationToken ct)
    {
        var scope = RequireRight(request, caller, "Resuming the scheduler");
        await db.TransactAsync(async token =>
        {
            await RequireScopeAsync(db, scope, token);
            var resumed = await db.Pauses.Where(p => p.Scope == scope).ExecuteDeleteAsync(token) > 0;
            var closed = RigOf(scope) is { } rig && await starts.CloseCircuitsAsync(rig, token);
            starts.WakeScheduler();
            if (resumed || closed) await outbox.PublishAsync(new SchedulerResumed(caller.Event(SchedulerResumed.Type, clock.Now(), rigId: RigOf(scope)), scope), token);
        }, ct);
        return TypedResults.Ok(await StatusAsync(db, scheduler, options.Value, ct));
    }

    static string RequireRight(SchedulerScope request, Caller caller, string what)
    {
        caller.RequireOperator(what);
        var scope = Validate(request);
        if (RigOf(scope) is { } rig) caller.RequireRig(rig);
        else caller.RequireTownOperator(what);
        return scope;
    }

    static string Validate(SchedulerScope request)
    {
        var scope = request.Scope ?? "town";
        new Validation()
            .Check(scope == "town" || (RigOf(scope) is { } rig && ActorAddress.IsPart(rig)), "/scope", "`town`, or `rig:` and a rig's name.")
            .MaxLength(request.Reason, 2_000, "/reason").ThrowIfInvalid();
        return scope;
    }

    static async Task RequireScopeAsync(HookDbContext db, string scope, CancellationToken ct)
    {
        if (RigOf(scope) is { } rig && !await db.Rigs.AnyAsync(r => r.Id == rig, ct)) throw Refusal.NotFound("rig", rig).AsException();
    }

    static string? RigOf(string scope) => scope.StartsWith("rig:", StringComparison.Ordinal) ? scope[4..] : null;
}
