using ClaudeManage.Contracts.Health;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Running;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Consumers;

/// <summary>What a person decided in the inbox opens the human gate it was asked for, or fails its step.</summary>
sealed class DecisionsConsumer(WorkflowDbContext db, MoleculeRun run) : IConsumer<DecisionAnswered>
{
    public async Task Consume(ConsumeContext<DecisionAnswered> context)
    {
        var (d, ct) = (context.Message.Decision, context.CancellationToken);
        if (d is not { GateId: { } id, Given: { } given } || await db.Gates.FindAsync([id], ct) is not { Type: "human" } gate) return;
        if (await db.Molecules.SingleOrDefaultAsync(m => m.MoleculeId == gate.MoleculeId, ct) is not { } molecule) return;
        molecule.Version++;
        var by = d.AnsweredBy ?? context.Message.Event.Actor;
        if (given.Approve == false) await run.RefuseGateAsync(molecule, gate, by, d.Reason, ct);
        else await run.OpenGateAsync(molecule, gate, by, d.Reason, ct);
    }
}
