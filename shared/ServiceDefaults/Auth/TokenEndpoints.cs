using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary><c>POST /tokens</c>: an operator hands out a bearer token; nobody can hand out more than they hold. <c>GET /whoami</c>: who a token is for.</summary>
public static class TokenEndpoints
{
    static readonly TimeSpan Default = TimeSpan.FromDays(30);
    static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>Maps both; for the one host of a town that faces its callers.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/tokens", Create).WithTags("town").WithoutIdempotencyKey();
        routes.MapGet("/whoami", (Caller caller) => TypedResults.Ok(new WhoAmI(caller.Actor, caller.Role, caller.Rigs))).WithTags("town").OpenToPublishers();
    }

    static Ok<TokenResult> Create(CreateToken request, Caller caller, TokenIssuer issuer, TimeProvider clock)
    {
        caller.RequireOperator("Making a token");
        var role = request.Role ?? Roles.Agent;
        var lifetime = request.LifetimeMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : Default;
        new Validation()
            .Check(ActorAddress.IsValid(request.Subject), "/subject", "An actor address, e.g. shop/crew/ada, overseer/eve or external/jira.")
            .Check(Roles.All.Contains(role), "/role", $"One of {string.Join(", ", Roles.All)}.")
            .Check(lifetime > TimeSpan.Zero && lifetime <= Longest, "/lifetimeMinutes", $"1 to {Longest.TotalMinutes:0} minutes.")
            .MaxCount(request.Rigs, 100, "/rigs").Check(request.Rigs?.All(r => r is not null && ActorAddress.IsPart(r)) ?? true, "/rigs", "Each entry is a rig's name.")
            .ThrowIfInvalid();
        if (role == Roles.Overseer && caller.Role != Roles.Overseer)
            throw Refusal.Forbidden("Only the overseer can make an overseer's token. Ask for the role operator instead.").AsException();
        if (caller.Rigs.Count > 0 && request.Rigs is not { Count: > 0 })
            throw Refusal.Forbidden($"Your token is limited to {string.Join(", ", caller.Rigs)}, and so is whatever it makes: name those of them that it shall reach as rigs.").AsException();
        foreach (var rig in request.Rigs ?? []) caller.RequireRig(rig);
        if (role is not (Roles.Overseer or Roles.Operator) && ActorAddress.RoleOf(request.Subject!) is "system")
            throw Refusal.Invalid("/subject", "system/… stands for the suite itself and gets no such token.").AsException();
        return TypedResults.Ok(new TokenResult(
            issuer.Issue(request.Subject!, role, lifetime, request.Rigs), request.Subject!, role, clock.Now() + lifetime));
    }
}
