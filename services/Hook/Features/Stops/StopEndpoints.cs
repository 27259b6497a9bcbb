using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Stopping;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Stops;

/// <summary><c>POST /runtime/stop</c>: the emergency stop of a scope; <c>POST /runtime/resume</c>: the way back; <c>GET /runtime/stops</c>: what is in force, and what is left running.</summary>
static class StopEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/runtime/stops", List);
        routes.MapPost("/runtime/stop", Stop);
        routes.MapPost("/runtime/resume", Resume);
    }

    static async Task<Ok<Page<EmergencyStop>>> List(Caller caller, HookDbContext db, StopDesk desk, CancellationToken ct) => TypedResults.Ok(await PageAsync(caller, db, desk, ct));

    static async Task<Ok<EmergencyStop>> Stop(StopRequest request, Caller caller, HookDbContext db, StopDesk desk, CancellationToken ct)
    {
        var scope = RequireRight(request, caller, "An emergency stop");
        await RequireScopeAsync(db, scope, ct);
        var row = await db.TransactAsync(token => desk.OrderAsync(scope, request.Reason, caller, token), ct);
        return TypedResults.Ok(await ShowAsync(row, desk, ct));
    }

    static async Task<Ok<Page<EmergencyStop>>> Resume(StopRequest request, Caller caller, HookDbContext db, StopDesk desk, CancellationToken ct)
    {
        var scope = RequireRight(request, caller, "Lifting an emergency stop");
        if (!await db.TransactAsync(token => desk.LiftAsync(scope, request.Reason, caller, token), ct))
            throw Refusal.NotFound("emergency stop", scope, "GET /runtime/stops lists those in force.").AsException();
        return TypedResults.Ok(await PageAsync(caller, db, desk, ct));
    }

    static async Task<Page<EmergencyStop>> PageAsync(Caller caller, HookDbContext db, StopDesk desk, CancellationToken ct)
    {
        var stops = new List<EmergencyStop>();
        foreach (var row in await db.Stops.AsNoTracking().OrderBy(s => s.Scope).ToListAsync(ct))
            if (caller.Rigs.Count == 0 || StopScope.RigOf(row.Scope) is not { } rig || caller.Rigs.Contains(rig)) stops.Add(await ShowAsync(row, desk, ct));
        return new(stops, null);
    }

    static async Task<EmergencyStop> ShowAsync(StopRow row, StopDesk desk, CancellationToken ct) =>
        new(row.Scope, row.Reason, row.By, row.At, row.ClearedAt, await desk.LeftAsync(row.Scope, ct));

    static string RequireRight(StopRequest request, Caller caller, string what)
    {
        caller.RequireOperator(what);
        if (request.Scope is { } named && StopScope.RigOf(named) is { } rig) caller.RequireRig(rig);
        else caller.RequireTownOperator(what);
        new Validation()
            .Check(StopScope.IsValid(request.Scope), "/scope", "`town`, `rig:` and a rig's name, or `convoy:` and a convoy's id.")
            .MaxLength(request.Reason, 2_000, "/reason").ThrowIfInvalid();
        return request.Scope!;
    }

    // A convoy may have nothing on any hook yet; then it is not known here, and stopped all the same.
    static async Task RequireScopeAsync(HookDbContext db, string scope, CancellationToken ct)
    {
        if (StopScope.RigOf(scope) is { } rig && !await db.Rigs.AnyAsync(r => r.Id == rig, ct)) throw Refusal.NotFound("rig", rig).AsException();
    }
}
