using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Running;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Features;

/// <summary><c>/gates</c> and <c>/signals</c>.</summary>
static class GateEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/gates", List);
        routes.MapPost("/gates/{id:guid}/open", Open);
        routes.MapPost("/signals", Signal);
    }

    static async Task<Ok<Page<GateSnapshot>>> List(Caller caller, WorkflowDbContext db, string? molecule, WireEnum<GateState>? state, int? limit, CancellationToken ct)
    {
        var size = Paging.Limit(limit, 200);
        var wanted = state?.Value ?? GateState.Waiting;
        var query = db.Gates.AsNoTracking().Where(g => (molecule == null || g.MoleculeId == molecule) && g.State == wanted);
        if (caller.Rigs is { Count: > 0 } own) query = query.Where(g => db.Molecules.Any(m => m.MoleculeId == g.MoleculeId && own.Contains(m.RigId)));
        var rows = await query.OrderBy(g => g.CreatedAt).ThenBy(g => g.Id).Take(size).ToListAsync(ct);
        return TypedResults.Ok(new Page<GateSnapshot>([.. rows.Select(r => r.ToSnapshot())], null));
    }

    /// <summary>Answers with the gate as it is then: opened before, or expired, it stays so.</summary>
    static async Task<Ok<GateSnapshot>> Open(Guid id, WithReason? body, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct)
    {
        caller.RequireOperator("Opening a gate");
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var gate = await db.Gates.FindAsync([id], token) ?? throw Refusal.NotFound("gate", id.ToString()).AsException();
            var m = await MoleculeEndpoints.FindAsync(gate.MoleculeId, db, token);
            caller.RequireRig(m.RigId);
            m.Version++;
            await run.OpenGateAsync(m, gate, caller.Actor, body?.Reason, token);
            return gate.ToSnapshot();
        }, ct));
    }

    static async Task<Ok<SignalResult>> Signal(SignalRequest request, Caller caller, WorkflowDbContext db, MoleculeRun run, CancellationToken ct)
    {
        caller.RequireOperator("Sending a signal");
        new Validation().Check(request.Type is { Length: > 0 and <= 200 }, "/type", "What happened: a gate's type (gh:run) or the name an event gate waits for.")
            .MaxLength(request.Id, 300, "/id").MaxLength(request.Reason, 65_536, "/reason").ThrowIfInvalid();
        var (type, about) = (request.Type!, request.Id);
        var named = about is null ? type : $"{type}:{about}";
        return TypedResults.Ok(new SignalResult(await db.TransactAsync(async token =>
        {
            var gates = await db.Gates.Where(g => g.State == GateState.Waiting
                && ((g.Type == "event" && (g.AwaitId == type || g.AwaitId == named)) || (g.Type == type && g.Type != "human" && g.Type != "timer" && (g.AwaitId == null || g.AwaitId == about)))).ToListAsync(token);
            var opened = 0;
            foreach (var gate in gates)
            {
                var m = await MoleculeEndpoints.FindAsync(gate.MoleculeId, db, token);
                // What the token does not reach is not told that anything happened.
                if (caller.Rigs is { Count: > 0 } own && !own.Contains(m.RigId)) continue;
                m.Version++;
                await run.OpenGateAsync(m, gate, caller.Actor, request.Reason ?? $"signal {named}", token);
                opened++;
            }
            return opened;
        }, ct)));
    }
}
