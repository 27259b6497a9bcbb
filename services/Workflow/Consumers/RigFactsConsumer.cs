using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Workflow.Data;
using MassTransit;

namespace ClaudeManage.Workflow.Consumers;

/// <summary>Keeps the copies of rigs.</summary>
sealed class RigFactsConsumer(WorkflowDbContext db) : RigFacts, IConsumer<RigTold>
{
    public Task Consume(ConsumeContext<RigTold> c) => KeepAsync(c.Message.Rig, c.CancellationToken);

    protected override async Task KeepAsync(RigSnapshot rig, CancellationToken ct)
    {
        var copy = await db.Rigs.FindAsync([rig.Id], ct);
        // The same version once more may say what an earlier release did not keep.
        if (copy is not null && copy.Version > rig.Version) return;
        if (copy is null) db.Rigs.Add(copy = new RigCopy { Id = rig.Id });
        (copy.Prefix, copy.State, copy.GitUrl, copy.DefaultBranch, copy.Version) = (rig.Prefix, rig.State, rig.GitUrl, rig.DefaultBranch, rig.Version);
    }
}
