using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Running;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Workflow.Features;

/// <summary>
/// <c>POST /gates/{id}/callback</c>: an outside system opens the <c>http</c> gate that waits for it, or fails its step. No token: the signature over
/// the gate's id, a dot and the body says who it is, so that it is of use at no other gate. Sent again it changes nothing.
/// </summary>
static class GateCallbackEndpoint
{
    const string Actor = "external/callback";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/gates/{id:guid}/callback", HandleAsync).AllowAnonymous().WithOwnIdempotency().Accepts<GateCallback>("application/json").WithSummary("Open an http gate from outside, signed");

    static async Task<Ok<GateCallbackResult>> HandleAsync(Guid id, HttpContext http, IOptions<WorkflowOptions> options, WorkflowDbContext db, MoleculeRun run, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, ct);
        var body = buffer.ToArray();
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}."), .. body];
        if (options.Value.CallbackSecret is not { } secret || !BodySignature.Matches(http.Request.Headers[BodySignature.Header].ToString(), secret, signed))
            throw new Refusal(401, "bad-signature", $"The signature is not the one of this body at this gate. Sign the gate's id, a dot and the body's bytes with Workflow:CallbackSecret ({BodySignature.Header}: sha256=<HMAC-SHA256 in hex>).").AsException();
        var said = Read(body);
        new Validation().MaxLength(said.Reason, 65_536, "/reason").ThrowIfInvalid();
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var gate = await db.Gates.FindAsync([id], token) ?? throw Refusal.NotFound("gate", id.ToString()).AsException();
            if (gate.Type != "http") throw Refusal.Conflict("gate-not-http", $"This is a {gate.Type} gate; a callback opens http gates only.").AsException();
            var m = await MoleculeEndpoints.FindAsync(gate.MoleculeId, db, token);
            m.Version++;
            if (said.Ok) await run.OpenGateAsync(m, gate, Actor, said.Reason ?? "called back", token);
            else await run.RefuseGateAsync(m, gate, Actor, said.Reason, token);
            return new GateCallbackResult(id, gate.State);
        }, ct));
    }

    static GateCallback Read(byte[] body)
    {
        if (body.Length == 0) return new GateCallback();
        try { return JsonSerializer.Deserialize<GateCallback>(body, JsonSettings.Web) ?? new GateCallback(); }
        catch (JsonException e) { throw Refusal.Invalid("", $"The body is no callback ({e.Message}). Send {{\"ok\": true, \"reason\": \"…\"}}, or nothing at all.").AsException(); }
    }
}
