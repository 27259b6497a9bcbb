using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Supervisor.Data;

namespace ClaudeManage.Supervisor.Consumers;

/// <summary>Keeps the copies of rigs.</summary>
sealed class RigFactsConsumer(SupervisorDbContext db) : RigFacts
{
    protected override Task KeepAsync(RigSnapshot rig, CancellationToken ct) => db.KeepAsync(rig, ct);
}
