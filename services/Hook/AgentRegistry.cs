using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook;

/// <summary>Who is known as an agent, inside the caller's transaction.</summary>
sealed class AgentRegistry(HookDbContext db, IOutbox<HookDbContext> outbox, TimeProvider clock)
{
    /// <summary>Addresses that stand for an identity with a hook of its own; people and parts of the suite work without a row.</summary>
    public static bool IsAgent(string address) => ActorAddress.IsValid(address) && ActorAddress.RoleOf(address) is not ("overseer" or "system" or "external");

    /// <summary>Refuses (409) a retired agent; a valid address that shows up for the first time is registered.</summary>
    public async Task EnsureAsync(string address, Caller caller, CancellationToken ct)
    {
        if (!IsAgent(address)) return;
        var known = await db.Agents.AsNoTracking().Where(a => a.Id == address).Select(a => new { a.RetiredAt }).SingleOrDefaultAsync(ct);
        if (known is null) await AddAsync(AgentRow.New(address, clock.Now()), caller, ct);
        else if (known.RetiredAt is not null) throw Retired(address).AsException();
    }

    /// <summary>Refuses (404, 409) a hook nobody could ever take anything from.</summary>
    public async Task RequireHookAsync(string hookId, CancellationToken ct)
    {
        if (ActorAddress.IsPool(hookId))
        {
            var rig = ActorAddress.RigOf(hookId)!;
            if (!await db.Rigs.AnyAsync(r => r.Id == rig, ct)) throw Refusal.NotFound("rig", rig).AsException();
            return;
        }
        if (!IsAgent(hookId)) return;
        var agent = await db.Agents.AsNoTracking().Where(a => a.Id == hookId).Select(a => new { a.RetiredAt }).SingleOrDefaultAsync(ct);
        if (agent is null)
            throw new Refusal(404, "not-found", $"There is no agent '{hookId}'. Register it with POST /agents, or let it claim once with its own token.").AsException();
        if (agent.RetiredAt is not null) throw Retired(hookId).AsException();
    }

    public async Task AddAsync(AgentRow row, Caller caller, CancellationToken ct)
    {
        if (row.RigId is { } rig && !await db.Rigs.AnyAsync(r => r.Id == rig, ct)) throw Refusal.NotFound("rig", rig).AsException();
        db.Agents.Add(row);
        await outbox.PublishAsync(new AgentRegistered(caller.Event(AgentRegistered.Type, row.CreatedAt, rigId: row.RigId), row.ToSnapshot()), ct);
    }

    static Refusal Retired(string address) => Refusal.Conflict("agent-retired", $"{address} is retired and gets no more work. Its history stays; use another agent.");
}
