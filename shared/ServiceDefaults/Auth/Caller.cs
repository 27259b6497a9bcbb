using System.Security.Claims;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>
/// Who is asking, always from the token. Bind it as a parameter of an endpoint handler.
/// </summary>
/// <param name="Actor">The subject: an actor address.</param>
/// <param name="Rigs">The rigs the token is limited to; empty means all.</param>
/// <param name="AssignmentId">Set on a session's token: it acts for this assignment only.</param>
/// <param name="Fence">Set on a session's token: the fence it was made for.</param>
public sealed record Caller(string Actor, string Role, IReadOnlyList<string> Rigs, Guid? AssignmentId, long? Fence)
{
    /// <summary>True for overseer and operator.</summary>
    public bool IsOperator => Role is Roles.Overseer or Roles.Operator;

    /// <summary>True for a node's supervisor.</summary>
    public bool IsSupervisor => Role == Roles.Supervisor;

    /// <summary>Refuses (403) everybody but overseer and operator.</summary>
    public Caller RequireOperator(string what) => IsOperator ? this
        : throw Refusal.Forbidden($"{what} needs an operator's token; yours is for {Actor} with the role {Role}.").AsException();

    /// <summary>Refuses (403) everybody but an overseer or operator of the whole town: what is asked for reaches every rig.</summary>
    public Caller RequireTownOperator(string what) => RequireOperator(what).Rigs.Count == 0 ? this
        : throw Refusal.Forbidden($"{what} reaches the whole town, and your token is limited to {string.Join(", ", Rigs)}. Ask somebody whose token is not.").AsException();

    /// <summary>Refuses (403) everybody but operators and supervisors.</summary>
    public Caller RequireOperatorOrSupervisor(string what) => IsOperator || IsSupervisor ? this
        : throw Refusal.Forbidden($"{what} needs an operator's or a supervisor's token; yours is for {Actor} with the role {Role}.").AsException();

    /// <summary>Refuses (403) whoever is neither this actor nor an operator or supervisor acting for it, in a rig the token reaches.</summary>
    public Caller RequireActingAs(string address, string what)
    {
        if (Actor == address) return this;
        if (!IsOperator && !IsSupervisor) throw Refusal.Forbidden($"{what} is only for {address} itself or an operator; your token is for {Actor}.").AsException();
        return RequireReach(address);
    }

    /// <summary>Refuses (403) a token that is limited to other rigs than this address or hook belongs to. What belongs to no rig is for all.</summary>
    public Caller RequireReach(string address) => ActorAddress.RigOf(address) is { } rig ? RequireRig(rig) : this;

    /// <summary>Refuses (403) a session's token: it acts for its one work item and for nothing beside it.</summary>
    public Caller RequireNoSession(string what) => AssignmentId is null ? this
        : throw Refusal.Forbidden($"{what} is not for a session: its token acts for its own work item. Hand in the work, or ask an operator by mail.").AsException();

    /// <summary>Refuses (403) a token that is limited to other rigs.</summary>
    public Caller RequireRig(string rigId) => Rigs.Count == 0 || Rigs.Contains(rigId) ? this
        : throw Refusal.Forbidden($"Your token is limited to {string.Join(", ", Rigs)} and does not reach the rig {rigId}.").AsException();

    /// <summary>Refuses (403) viewers and publishers.</summary>
    public Caller RequireWriter() => Role is Roles.Viewer or Roles.Publisher
        ? throw Refusal.Forbidden($"A token with the role {Role} cannot change anything here.").AsException() : this;

    /// <summary>The header of an event this caller causes.</summary>
    public RunEvent Event(string type, DateTimeOffset now, string? workItemId = null, string? rigId = null, string? convoyId = null) =>
        new(Ids.Ordered(now), type, Actor, now, workItemId, rigId, null, convoyId);

    /// <summary>A part of the suite acting by itself, e.g. <c>system/hook</c>.</summary>
    public static Caller System(string service) => new(ActorAddress.System(service), Roles.Operator, [], null, null);

    /// <summary>Binds the caller from the request's token.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext http) => ValueTask.FromResult<Caller?>(From(http.User));

    /// <summary>The caller a validated token stands for.</summary>
    public static Caller From(ClaimsPrincipal user) => new(
        user.FindFirstValue("sub") ?? throw new InvalidOperationException("an authenticated request without a subject"),
        user.FindFirstValue("role") ?? Roles.Viewer,
        [.. user.FindAll("rig").Select(c => c.Value)],
        Guid.TryParse(user.FindFirstValue("assignment"), out var assignment) ? assignment : null,
        long.TryParse(user.FindFirstValue("fence"), out var fence) ? fence : null);
}
