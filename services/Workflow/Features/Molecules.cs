using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Running;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Features;

/// <summary><c>/molecules</c>, <c>/wisps</c>: pouring, reading, and what may be done to a molecule and its steps.</summary>
static class MoleculeEndpoints
{
    delegate Task Verb(MoleculeRun run, MoleculeRow molecule, CancellationToken ct);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/molecules", (PourRequest r, Caller caller, WorkflowDbContext db, Pourer pourer, CancellationToken ct) => PourAsync(r, false, caller, db, pourer, ct));
        routes.MapPost("/wisps", (PourRequest r, Caller caller, WorkflowDbContext db, Pourer pourer, CancellationToken ct) => PourAsync(r, true, caller, db, pourer, ct));
        routes.MapGet("/molecules", List);
        routes.MapGet("/molecules/{id}", One);
        routes.MapGet("/molecules/{id}/log", Log);
        routes.MapPost("/molecules/{id}/pause", (string id, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct) => ActAsync(id, "Pausing a molecule", caller, db, run, (r, m, t) => r.PauseAsync(m, caller.Actor, t), ct));
        routes.MapPost("/molecules/{id}/resume", (string id, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct) => ActAsync(id, "Resuming a molecule", caller, db, run, (r, m, t) => r.ResumeAsync(m, caller.Actor, t), ct));
        routes.MapPost("/molecules/{id}/cancel", (string id, WithReason? body, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct) => ActAsync(id, "Cancelling a molecule", caller, db, run, (r, m, t) => r.CancelAsync(m, body?.Reason, caller.Actor, t), ct));
        routes.MapPost("/molecules/{id}/squash", (string id, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct) => ActAsync(id, "Squashing a molecule", caller, db, run, (r, m, t) => r.SquashAsync(m, caller.Actor, t), ct));
        routes.MapPost("/molecules/{id}/burn", (string id, WithReason? body, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct) => ActAsync(id, "Burning a molecule", caller, db, run, (r, m, t) => r.BurnAsync(m, body?.Reason, caller.Actor, t), ct));
        routes.MapPost("/molecules/{id}/fork", Fork);
        routes.MapPost("/molecules/{id}/migrate", Migrate);
        routes.MapPost("/molecules/{id}/steps/{step}/done", Done);
        routes.MapPost("/molecules/{id}/steps/{step}/retry", (string id, string step, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct) => ActAsync(id, "Trying a step again", caller, db, run, async (r, m, t) => await r.RetryAsync(m, await StepAsync(r, m, step, t), caller.Actor, t), ct));
        routes.MapPost("/molecules/{id}/steps/{step}/skip", Skip);
        routes.MapPost("/molecules/{id}/steps/{step}/signal", Signal);
    }

    static async Task<Created<MoleculeDetail>> PourAsync(PourRequest request, bool wisp, Caller caller, WorkflowDbContext db, Pourer pourer, CancellationToken ct)
    {
        caller.RequireWriter().RequireNoSession("Pouring a workflow");
        new Validation()
            .Check(!string.IsNullOrWhiteSpace(request.Formula), "/formula", "Name the formula. GET /formulas lists them.")
            .Check(!string.IsNullOrWhiteSpace(request.RigId), "/rigId", "Name the rig it runs in. GET /rigs lists them.")
            .MaxLength(request.Title, 300, "/title")
            .Check(request.Assignee is null || ActorAddress.IsHook(request.Assignee), "/assignee", "An agent's address or a rig's pool.")
            .Vars(request.Vars)
            .ThrowIfInvalid();
        var plan = await pourer.PrepareAsync(request, caller, ct);
        return Made(await db.TransactAsync(token => pourer.PourAsync(plan, request, wisp, caller, token), ct));
    }

    static async Task<Created<MoleculeDetail>> Fork(string id, ForkRequest request, Caller caller, WorkflowDbContext db, Pourer pourer, CancellationToken ct)
    {
        caller.RequireOperator("Forking a molecule");
        if (string.IsNullOrWhiteSpace(request.Step)) throw Refusal.Invalid("/step", "Name the step from which it is run again.").AsException();
        return Made(await db.TransactAsync(async token => await pourer.ForkAsync(await FindAsync(id, db, token), request.Step, caller, token), ct));
    }

    static async Task<Ok<MigrationPlan>> Migrate(string id, MigrateRequest? request, Caller caller, WorkflowDbContext db, Mover mover, CancellationToken ct)
    {
        caller.RequireOperator("Moving a molecule to its formula's newest form");
        caller.RequireRig((await FindAsync(id, db, ct)).RigId);
        var plan = await mover.PrepareAsync(id, ct);
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var m = await FindAsync(id, db, token);
            if (request?.DryRun is not true) m.Version++;
            return await mover.MoveAsync(m, plan, request?.DryRun is true, caller, token);
        }, ct));
    }

    static Created<MoleculeDetail> Made(Poured made) => TypedResults.Created($"/molecules/{made.Molecule.MoleculeId}",
        MoleculeDetail.Of(made.Molecule.ToSnapshot(), [.. made.Steps.OrderBy(s => s.Position).Select(s => s.ToSnapshot())], [], null));

    static Task<Ok<MoleculeDetail>> Done(string id, string step, StepDoneRequest? body, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation().MaxLength(body?.Summary, 65_536, "/summary").Output(body?.Output).ThrowIfInvalid();
        return ActAsync(id, null, caller, db, run, async (r, m, t) =>
        {
            var row = await StepAsync(r, m, step, t);
            RequireHolder(caller, m, row);
            // Checked here, where it can still be said to whoever sends it.
            if (Domain.Runs.OutputShape.Refuse(row.Step.OutputSchema, body?.Output) is { } wrong && row.State != StepState.Done) throw Refusal.Unprocessable("output-shape", $"The output has not the shape that {step} asks for: {wrong}. Send it in that shape.").AsException();
            await r.TickAsync(m, row, body?.Output, body?.Summary, caller.Actor, t);
        }, ct);
    }

    /// <summary>A step's item is handed in under its lease; of a wisp, whose steps have none, whoever holds the whole of it ticks them.</summary>
    static void RequireHolder(Caller caller, MoleculeRow m, StepRow step)
    {
        if (caller.IsOperator) return;
        if (!m.Wisp)
            throw Refusal.Forbidden($"{step.StepId} is over when its work item {step.WorkItemId} is handed in under its lease (cm done {step.WorkItemId}). Only an operator ticks it without.").AsException();
        if (step.AgentId != caller.Actor || (caller.Fence is { } fence && fence != step.Fence))
            throw Refusal.Conflict("lease-lost", $"{m.RootItemId} is held by {step.AgentId ?? "nobody"}, and only its holder ticks the steps of {m.MoleculeId}. Claim it first.", ("holder", step.AgentId), ("fence", step.Fence)).AsException();
    }

    static Task<Ok<MoleculeDetail>> Skip(string id, string step, WithReason? body, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct)
    {
        caller.RequireOperator("Skipping a step");
        if (string.IsNullOrWhiteSpace(body?.Reason)) throw Refusal.Invalid("/reason", "Say why the step is left out.").AsException();
        return ActAsync(id, null, caller, db, run, async (r, m, t) => await r.SkipByHandAsync(m, await StepAsync(r, m, step, t), body.Reason, caller.Actor, t), ct);
    }

    static Task<Ok<MoleculeDetail>> Signal(string id, string step, WithReason? body, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct) =>
        ActAsync(id, "Signalling a step", caller, db, run, async (r, m, t) =>
        {
            foreach (var gate in await db.Gates.Where(g => g.MoleculeId == m.MoleculeId && g.StepId == step && g.State == GateState.Waiting).ToListAsync(t))
                await r.OpenGateAsync(m, gate, caller.Actor, body?.Reason ?? "signalled", t);
        }, ct);

    static async Task<Ok<MoleculeDetail>> ActAsync(string id, string? what, Caller caller, WorkflowDbContext db, MoleculeRun run, Verb verb, CancellationToken ct)
    {
        if (what is not null) caller.RequireOperator(what);
        await db.TransactAsync(async token =>
        {
            var m = await FindAsync(id, db, token);
            caller.RequireRig(m.RigId);
            m.Version++;
            await verb(run, m, token);
        }, ct);
        return TypedResults.Ok(await DetailAsync(id, db, ct));
    }

    static async Task<Ok<Page<MoleculeSnapshot>>> List(HttpContext http, Caller caller, WorkflowDbContext db, string? rig, WireEnum<MoleculeState>? state, string? formula, bool? wisp, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var query = db.Molecules.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } own) query = query.Where(m => own.Contains(m.RigId));
        if (rig is not null) query = query.Where(m => m.RigId == rig);
        if (state is { } wanted) query = query.Where(m => m.State == wanted.Value.ToString());
        if (formula is not null) query = query.Where(m => m.Formula == formula);
        if (wisp is { } only) query = query.Where(m => m.Wisp == only);
        if (Paging.Decode(after, 2) is [var at, var id] && Paging.Time(at) is var created)
            query = query.Where(m => m.CreatedAt < created || (m.CreatedAt == created && string.Compare(m.MoleculeId, id) > 0));
        var rows = await query.OrderByDescending(m => m.CreatedAt).ThenBy(m => m.MoleculeId).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page([.. rows.Select(r => r.ToSnapshot())], size, m => [m.CreatedAt.ToString("O"), m.Id]));
    }

    static async Task<Ok<MoleculeDetail>> One(string id, Caller caller, WorkflowDbContext db, CancellationToken ct)
    {
        caller.RequireRig((await FindAsync(id, db, ct)).RigId);
        return TypedResults.Ok(await DetailAsync(id, db, ct));
    }

    static async Task<Ok<Page<MoleculeLogEntry>>> Log(string id, HttpContext http, Caller caller, WorkflowDbContext db, int? limit, string? after, CancellationToken ct)
    {
        caller.RequireRig((await FindAsync(id, db, ct)).RigId);
        var size = Paging.Limit(limit, 200);
        var from = Paging.Decode(after, 1) is [var mark] ? Paging.Number(mark) : 0;
        var rows = await db.Log.AsNoTracking().Where(l => l.MoleculeId == id && l.Number > from).OrderBy(l => l.Number).Take(size + 1)
            .Select(l => new MoleculeLogEntry(l.Number, l.At, l.Actor, l.StepId, l.What, l.From, l.To, l.Attempt, l.WorkItemId, l.AgentId, l.Fence, l.Reason)).ToListAsync(ct);
        return TypedResults.Ok(http.Page(rows, size, l => [l.Number]));
    }

    internal static async Task<MoleculeRow> FindAsync(string id, WorkflowDbContext db, CancellationToken ct) =>
        await db.Molecules.SingleOrDefaultAsync(m => m.MoleculeId == id, ct) ?? throw Refusal.NotFound("molecule", id).AsException();

    static async Task<StepRow> StepAsync(MoleculeRun run, MoleculeRow m, string step, CancellationToken ct) => await run.StepAsync(m, step, ct) ?? throw Refusal.NotFound("step", step).AsException();

    static async Task<MoleculeDetail> DetailAsync(string id, WorkflowDbContext db, CancellationToken ct)
    {
        var m = await db.Molecules.AsNoTracking().SingleOrDefaultAsync(x => x.MoleculeId == id, ct) ?? throw Refusal.NotFound("molecule", id).AsException();
        var steps = await db.Steps.AsNoTracking().Where(s => s.MoleculeId == id).OrderBy(s => s.Position).ToListAsync(ct);
        var gates = await db.Gates.AsNoTracking().Where(g => g.MoleculeId == id).OrderBy(g => g.CreatedAt).ToListAsync(ct);
        return MoleculeDetail.Of(m.ToSnapshot(), [.. steps.Select(s => s.ToSnapshot())], [.. gates.Select(g => g.ToSnapshot())], m.Digest?.Digest);
    }
}
