using System.Diagnostics;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Hook.Features.Leases;

/// <summary><c>POST /hooks/{hookId}/claim[?wait=30][&amp;assignment=&amp;session=]</c>: the next of the queue, under a lease; 204 when there is none.</summary>
static class Claim
{
    const int LongestWaitSeconds = 60;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/hooks/{hookId}/claim", Handle).WithoutIdempotencyKey();

    static async Task<Results<Ok<ClaimResult>, NoContent>> Handle(
        AddressPath hookId, int? wait, Guid? assignment, Guid? session, Caller caller, HookDbContext db, Leasing leasing, HookSignals signals, IHostApplicationLifetime lifetime, TimeProvider clock, CancellationToken ct)
    {
        var hook = hookId.Value;
        caller.RequireWriter();
        new Validation()
            .Check(ActorAddress.IsHook(hook), "/hookId", "An agent's address or a rig's pool, e.g. shop/crew/ada or shop/pool.")
            .Check(wait is null or >= 0 and <= LongestWaitSeconds, "/wait", $"0 to {LongestWaitSeconds} seconds.")
            .Check(session is null || assignment is not null, "/session", "A session claims the assignment it was started for: name `assignment` too.")
            .ThrowIfInvalid();
        RequireRight(hook, caller);
        if (session is not null) caller.RequireOperatorOrSupervisor("Claiming for a session");
        var began = clock.GetTimestamp();
        var patience = TimeSpan.FromSeconds(wait ?? 0);
        // Who waits here would hold up the stop of this replica; the client asks again, at another one.
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStopping.Register(() => stopping.TrySetResult());
        while (true)
        {
            // The marks come before the look, so that what is queued in between wakes us.
            var mark = hook == caller.Actor || !ActorAddress.IsPool(hook) ? signals.Mark(hook) : Task.WhenAny(signals.Mark(hook), signals.Mark(caller.Actor));
            var looked = Stopwatch.GetTimestamp();
            var claimed = await leasing.ClaimAsync(hook, assignment, session, caller, ct);
            HookTelemetry.Claims.Since(looked, "result", claimed is null ? "none" : "granted");
            if (claimed is not null) return TypedResults.Ok(claimed);
            var left = patience - clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || assignment is not null || lifetime.ApplicationStopping.IsCancellationRequested) return TypedResults.NoContent();
            // Another replica's commit pulses nobody here.
            await Wakeup.WaitAsync(Task.WhenAny(mark, stopping.Task), db.IsSqlite() || left < OtherReplicas ? left : OtherReplicas, clock, ct);
        }
    }

    static readonly TimeSpan OtherReplicas = TimeSpan.FromSeconds(1);

    static void RequireRight(string hook, Caller caller)
    {
        if (!ActorAddress.IsPool(hook))
        {
            caller.RequireActingAs(hook, "Claiming from this hook");
            return;
        }
        var rig = ActorAddress.RigOf(hook)!;
        caller.RequireRig(rig);
        if (!caller.IsOperator && !caller.IsSupervisor && ActorAddress.RigOf(caller.Actor) != rig)
            throw Refusal.Forbidden($"The pool of {rig} is for that rig's agents; your token is for {caller.Actor}.").AsException();
    }
}
