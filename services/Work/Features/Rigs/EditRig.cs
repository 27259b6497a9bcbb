using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Rigs;

/// <summary>
/// <c>PATCH /rigs/{id}</c> (<c>settings</c> as a whole takes the place of the old ones) and the verbs <c>park</c>, <c>unpark</c>, <c>dock</c>;
/// a verb that changes nothing answers with the rig as it is.
/// </summary>
static class EditRig
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPatch("/rigs/{id}", PatchAsync).WithSummary("Change a rig's repository or settings (If-Match)");
        MapVerb(routes, "park", RigState.Parked, RigParked.Type, (e, s) => new RigParked(e, s));
        MapVerb(routes, "unpark", RigState.Active, RigUnparked.Type, (e, s) => new RigUnparked(e, s));
        MapVerb(routes, "dock", RigState.Docked, RigDocked.Type, (e, s) => new RigDocked(e, s));
    }

    static async Task<Ok<RigSnapshot>> PatchAsync(
        string id, UpdateRig body, Caller caller, HttpContext http, WorkDbContext db, IOutbox<WorkDbContext> outbox, RepositoryCheck repository, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireOperator("Changing a rig").RequireRig(id);
        var v = new Validation();
        RigInput.CheckRepository(v, body.GitUrl, body.DefaultBranch);
        RigInput.Check(v, body.Settings);
        v.ThrowIfInvalid();
        var url = body.GitUrl ?? (body.DefaultBranch is null ? null : (await FindAsync(id, db, ct)).GitUrl);
        if (url is null && body.DefaultBranch is not null) throw Refusal.Invalid("/defaultBranch", "A rig without a repository has no branch.").AsException();
        var branch = url is null ? null : await repository.DefaultBranchAsync(url, body.DefaultBranch, ct);
        return await ChangeAsync(id, caller, http, db, outbox, clock, RigUpdated.Type, (e, s) => new RigUpdated(e, s), row =>
        {
            if (body is { GitUrl: null, DefaultBranch: null, Settings: null }) return false;
            row.GitUrl = body.GitUrl ?? row.GitUrl;
            row.DefaultBranch = branch ?? row.DefaultBranch;
            if (body.Settings is not null) row.Settings = RegisterRig.WithMerge(body.Settings, row.GitUrl);
            return true;
        }, ct);
    }

    static void MapVerb(IEndpointRouteBuilder routes, string verb, RigState state, string type, Func<Contracts.RunEvent, RigSnapshot, object> fact) =>
        routes.MapPost($"/rigs/{{id}}/{verb}", (string id, Caller caller, HttpContext http, WorkDbContext db, IOutbox<WorkDbContext> outbox, TimeProvider clock, CancellationToken ct) =>
        {
            caller.RequireOperator($"To {verb} a rig").RequireRig(id);
            return ChangeAsync(id, caller, http, db, outbox, clock, type, fact, row =>
            {
                if (row.State == state) return false;
                row.State = state;
                return true;
            }, ct);
        }).WithSummary(verb switch
        {
            "park" => "No new dispatch for a rig",
            "unpark" => "Bring a parked or docked rig back",
            _ => "Take a rig out of operation; it stays on record",
        });

    static async Task<Ok<RigSnapshot>> ChangeAsync(
        string id, Caller caller, HttpContext http, WorkDbContext db, IOutbox<WorkDbContext> outbox, TimeProvider clock, string type,
        Func<Contracts.RunEvent, RigSnapshot, object> fact, Func<RigRow, bool> change, CancellationToken ct)
    {
        var rig = await db.TransactAsync(async token =>
        {
            var row = await FindAsync(id, db, token);
            http.RequireMatch(row.Version);
            if (!change(row)) return row.ToSnapshot();
            row.Version++;
            row.UpdatedAt = clock.Now();
            var snapshot = row.ToSnapshot();
            await outbox.PublishAsync(fact(caller.Event(type, row.UpdatedAt, rigId: id), snapshot), token);
            return snapshot;
        }, ct);
        http.SetETag(rig.Version);
        return TypedResults.Ok(rig);
    }

    static async Task<RigRow> FindAsync(string id, WorkDbContext db, CancellationToken ct) =>
        await db.Rigs.SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw Refusal.NotFound("rig", id).AsException();
}
