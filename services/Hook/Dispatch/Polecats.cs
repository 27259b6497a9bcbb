using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Dispatch;

/// <summary>Who does what comes out of a rig's pool: an idle polecat first, else a new one with the next free name.</summary>
sealed class Polecats(HookDbContext db, IOutbox<HookDbContext> outbox, TimeProvider clock)
{
    /// <summary>The address of a polecat with nothing on its hook. Inside a transaction under the scheduler's lock.</summary>
    /// <param name="but">Who gave this work up, and gets other work; null when nobody did.</param>
    public async Task<string> TakeAsync(string rigId, string? but, CancellationToken ct)
    {
        var all = await db.Agents.Where(a => a.RigId == rigId && a.Role == "polecats").Select(a => new { a.Id, a.RetiredAt }).ToListAsync(ct);
        var taken = (await db.Live.Where(a => a.RigId == rigId && a.AgentId != null).Select(a => a.AgentId!).ToListAsync(ct)).ToHashSet();
        // Ordinal order: the same polecats are used again and again, so their worktrees stay warm.
        var idle = all.Where(a => a.RetiredAt is null && !taken.Contains(a.Id) && a.Id != but).Select(a => a.Id).Order(StringComparer.Ordinal).FirstOrDefault();
        if (idle is not null) return idle;
        var names = all.Select(a => a.Id.Split('/')[^1]).Concat(taken.Select(t => t.Split('/')[^1])).ToHashSet();
        var agent = AgentRow.New(ActorAddress.Polecat(rigId, PolecatNames.Next(names)), clock.Now());
        db.Agents.Add(agent);
        await outbox.PublishAsync(new AgentRegistered(Caller.System("hook").Event(AgentRegistered.Type, agent.CreatedAt, rigId: rigId), agent.ToSnapshot()), ct);
        await db.SaveChangesAsync(ct);
        return agent.Id;
    }
}
