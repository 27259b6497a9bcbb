using ClaudeManage.Messaging;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>
/// Workflow asks for the rigs if it knows none, or knows one without a repository: its copy may be from before repositories were kept. A rig that
/// really has none is asked for at every start, which costs one message.
/// </summary>
sealed class RigCatchUp(IServiceScopeFactory scopes, TimeProvider clock, ILogger<RigCatchUp> log) : RigCatchUp<WorkflowDbContext>(scopes, clock, log, MoleculeRun.Self)
{
    protected override async Task<bool> LacksAsync(WorkflowDbContext db, CancellationToken ct) => !await db.Rigs.AnyAsync(ct) || await db.Rigs.AnyAsync(r => r.GitUrl == null, ct);
}
