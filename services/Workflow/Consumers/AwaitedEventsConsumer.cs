using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Running;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Consumers;

/// <summary>
/// Opens the gates that wait for an event of the suite: <c>await_id</c> is its type, alone or with what it is about
/// (<c>convoy.landed:hq-cv-x7k2m</c>). A mail gate opens with mail to, or from, the address it names.
/// </summary>
sealed class AwaitedEventsConsumer(WorkflowDbContext db, MoleculeRun run) : IConsumer<IRunEvent>
{
    public async Task Consume(ConsumeContext<IRunEvent> context)
    {
        var (header, ct) = (context.Message.Event, context.CancellationToken);
        var names = new[] { header.WorkItemId, header.ConvoyId, header.RigId, header.WorkflowInstanceId }.OfType<string>().Select(about => $"{header.Type}:{about}").Append(header.Type).ToList();
        var gates = await db.Gates.Where(g => g.State == GateState.Waiting && g.Type == "event" && g.AwaitId != null && names.Contains(g.AwaitId)).ToListAsync(ct);
        if (header.Type == MailSent.Type && context.TryGetMessage<MailSent>(out var mail))
        {
            var (to, from) = (mail.Message.Mail.To, mail.Message.Mail.From);
            gates.AddRange(await db.Gates.Where(g => g.State == GateState.Waiting && g.Type == "mail" && (g.AwaitId == to || g.AwaitId == from)).ToListAsync(ct));
        }
        // What happened before the step came to its gate is not what it waits for.
        foreach (var gate in gates.Where(g => g.CreatedAt <= header.EmittedAt))
        {
            if (await db.Molecules.SingleOrDefaultAsync(m => m.MoleculeId == gate.MoleculeId, ct) is not { } molecule) continue;
            molecule.Version++;
            await run.OpenGateAsync(molecule, gate, header.Actor, $"{header.Type} {header.EventId}", ct);
        }
    }
}
