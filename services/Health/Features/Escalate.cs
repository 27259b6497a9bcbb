using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Health.Features;

/// <summary><c>POST /escalations</c>: an agent or a person says that somebody must look. The same words of the same sender about the same item are one incident.</summary>
static class Escalate
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/escalations", Handle);

    static async Task<Created<IncidentSnapshot>> Handle(EscalateRequest request, Caller caller, HealthDbContext db, IncidentDesk desk, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation()
            .Check(!string.IsNullOrWhiteSpace(request.What), "/what", "What somebody must look at, in a sentence.").MaxLength(request.What, 300, "/what").MaxLength(request.Why, 16_384, "/why")
            .MaxCount(request.SuggestedActions, 20, "/suggestedActions").Check(request.SuggestedActions?.All(a => a is { Length: > 0 and <= 1_000 }) ?? true, "/suggestedActions", "At most 1000 characters each.")
            .Check(request.WorkItemId is null || Ids.IsWorkItem(request.WorkItemId), "/workItemId", "A work item's id.")
            .Check(request.RigId is null || ActorAddress.IsPart(request.RigId), "/rigId", "A rig's name.").ThrowIfInvalid();
        var rig = request.RigId ?? ActorAddress.RigOf(caller.Actor) ?? (caller.Rigs is [var only] ? only : null);
        if (rig is not null) caller.RequireRig(rig);
        else if (caller.Rigs.Count > 0) throw Refusal.Invalid("/rigId", $"Which of your rigs it is about: {string.Join(", ", caller.Rigs)}.").AsException();
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.What!)))[..12];
        var raise = new RaiseIncident($"escalation:{caller.Actor}:{request.WorkItemId}:{key}", request.Severity ?? Severity.Medium, caller.Actor, request.What!, request.Why ?? "No reason was given.",
            request.SuggestedActions ?? [], rig, request.WorkItemId, ActorAddress.RoleOf(caller.Actor) is "crew" or "polecats" ? caller.Actor : null);
        var snapshot = await db.TransactAsync(async token => (await desk.RaiseAsync(raise, caller, token)).Snapshot(), ct);
        return TypedResults.Created($"/incidents/{snapshot.Id}", snapshot);
    }
}
