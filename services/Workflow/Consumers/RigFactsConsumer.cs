using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Workflow.Data;

namespace ClaudeManage.Workflow.Consumers;

/// <summary>Keeps the copies of rigs.</summary>
sealed class RigFactsConsumer(WorkflowDbContext db) : RigFacts
{
    protected override async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await db.Rigs.FindAsync([rig.Id], ct);
        if (copy is not null && copy.Version >= rig.Version) return;
        if (copy is null) db.Rigs.Add(copy = new RigCopy { Id = rig.Id });
        (copy.Prefix, copy.State, copy.GitUrl, copy.DefaultBranch, copy.Version) = (rig.Prefix, rig.State, rig.GitUrl, rig.DefaultBranch, rig.Version);
    }
}
