using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Hooks;

/// <summary><c>GET /hooks/{hookId}</c>: queue, lease, agent. At most 500 queued entries are listed.</summary>
static class ReadHook
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/hooks/{hookId}", Handle);

    static async Task<Ok<HookDetail>> Handle(AddressPath hookId, Caller caller, HookDbContext db, CancellationToken ct)
    {
        var id = hookId.Value;
        if (!ActorAddress.IsHook(id)) throw NoHook(id);
        caller.RequireReach(id);
        var agent = await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct);
        var rig = ActorAddress.RigOf(id);
        if (ActorAddress.IsPool(id) ? !await db.Rigs.AnyAsync(r => r.Id == rig, ct) : agent is null && AgentRegistry.IsAgent(id)) throw NoHook(id);
        var queued = await db.Assignments.AsNoTracking().Where(a => a.HookId == id && a.State == AssignmentState.Queued).OrderBy(a => a.Rank).ThenBy(a => a.Id).Take(Paging.MaxLimit).ToListAsync(ct);
        var others = await db.Assignments.AsNoTracking().Where(a => a.HookId == id && (a.State == AssignmentState.Leased || a.State == AssignmentState.Parked)).OrderBy(a => a.LeasedAt).ToListAsync(ct);
        var leased = others.FirstOrDefault(a => a.State == AssignmentState.Leased);
        var parked = others.Where(a => a.State == AssignmentState.Parked).ToList();
        var unread = await db.Mail.CountAsync(m => m.To == id && m.ReadAt == null && m.ArchivedAt == null, ct);
        return TypedResults.Ok(new HookDetail(id, agent?.ToSnapshot(leased ?? parked.FirstOrDefault()), leased?.ToSnapshot(),
            [.. queued.Select(a => a.ToSnapshot())], [.. parked.Select(a => a.ToSnapshot())], unread));
    }

    static RefusalException NoHook(string id) =>
        Refusal.NotFound("hook", id, "A hook is an agent's address or a rig's pool, e.g. shop/crew/ada or shop/pool; GET /agents and GET /rigs list them.").AsException();
}
