using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Agents;

/// <summary><c>POST /agents</c>, <c>PATCH /agents/{id}</c>: the address says the role and the rig.</summary>
static class RegisterAgent
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/agents", Create);
        routes.MapPatch("/agents/{agentId}", Update);
    }

    static async Task<Created<AgentSnapshot>> Create(CreateAgent request, Caller caller, HookDbContext db, AgentRegistry agents, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        new Validation()
            .Check(request.Id is not null && AgentRegistry.IsAgent(request.Id), "/id", "An agent's address: rig/crew/name, rig/polecats/name, rig/witness, rig/refinery, mayor or deacon.")
            .ThrowIfInvalid();
        ValidateProfile(request.DisplayName, request.Runtime, request.Tags, null, null);
        caller.RequireActingAs(request.Id!, "Registering this agent").RequireReach(request.Id!);
        var snapshot = await db.TransactAsync(async token =>
        {
            await db.LockAsync($"agent:{request.Id}", token);
            if (await db.Agents.AnyAsync(a => a.Id == request.Id, token))
                throw Refusal.Conflict("agent-exists", $"{request.Id} is registered already. PATCH /agents/{request.Id} changes it.").AsException();
            var row = AgentRow.New(request.Id!, clock.Now());
            (row.DisplayName, row.Runtime, row.Tags) = (request.DisplayName, request.Runtime, request.Tags ?? []);
            await agents.AddAsync(row, caller, token);
            return row.ToSnapshot();
        }, ct);
        return TypedResults.Created($"/agents/{snapshot.Id}", snapshot);
    }

    static async Task<Ok<AgentSnapshot>> Update(
        AddressPath agentId, UpdateAgent request, Caller caller, HookDbContext db, IOutbox<HookDbContext> outbox, SessionGuard guard, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter().RequireActingAs(agentId.Value, "Changing this agent");
        ValidateProfile(request.DisplayName, request.Runtime, request.Tags, request.Skills, request.Instructions);
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            await guard.RequireLiveAsync(caller, token);
            var row = await db.Agents.FindAsync([agentId.Value], token) ?? throw Refusal.NotFound("agent", agentId.Value).AsException();
            row.DisplayName = Text(request.DisplayName, row.DisplayName);
            row.Runtime = Text(request.Runtime, row.Runtime);
            row.Instructions = Text(request.Instructions, row.Instructions);
            row.Tags = request.Tags ?? row.Tags;
            row.Skills = request.Skills ?? row.Skills;
            row.Version++;
            var snapshot = row.ToSnapshot(await ReadAgents.CurrentAsync(db, row.Id, token));
            await outbox.PublishAsync(new AgentUpdated(caller.Event(AgentUpdated.Type, clock.Now(), rigId: row.RigId), snapshot), token);
            return snapshot;
        }, ct));
    }

    static string? Text(string? asked, string? now) => asked is null ? now : asked.Length == 0 ? null : asked;

    static void ValidateProfile(string? displayName, string? runtime, IReadOnlyList<string>? tags, IReadOnlyList<string>? skills, string? instructions) => new Validation()
        .MaxLength(displayName, 300, "/displayName").MaxLength(runtime, 60, "/runtime").MaxLength(instructions, 65_536, "/instructions")
        .MaxCount(tags, 50, "/tags").Check(tags?.All(t => t is { Length: > 0 and <= 60 }) ?? true, "/tags", "1 to 60 characters each.")
        .MaxCount(skills, 50, "/skills").Check(skills?.All(t => t is { Length: > 0 and <= 60 }) ?? true, "/skills", "1 to 60 characters each.")
        .ThrowIfInvalid();
}
