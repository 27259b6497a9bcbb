using ClaudeManage.Convoy.Data;
using ClaudeManage.Messaging;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Running;

/// <summary>Convoy asks for the rigs if it knows none, or holds items of one that it does not know.</summary>
sealed class RigCatchUp(IServiceScopeFactory scopes, TimeProvider clock, ILogger<RigCatchUp> log) : RigCatchUp<ConvoyDbContext>(scopes, clock, log, ConvoyRun.Self)
{
    protected override async Task<bool> LacksAsync(ConvoyDbContext db, CancellationToken ct) =>
        !await db.Rigs.AnyAsync(ct) || await db.Copies.AnyAsync(c => !db.Rigs.Any(r => r.Id == c.RigId), ct);
}
