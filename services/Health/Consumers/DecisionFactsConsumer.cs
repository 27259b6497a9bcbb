using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Running;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Consumers;

/// <summary>A workflow's human gate is a decision; whatever ends the gate ends the decision. And decisions whose time has come.</summary>
sealed class DecisionFactsConsumer(HealthDbContext db, DecisionDesk desk, TimeProvider clock) :
    IConsumer<GateWaiting>, IConsumer<GateOpened>, IConsumer<GateExpired>, IConsumer<MoleculeCompleted>, IConsumer<MoleculeFailed>, IConsumer<MoleculeBurned>, IConsumer<DecisionDue>
{
    public async Task Consume(ConsumeContext<GateWaiting> c)
    {
        var (gate, header, ct) = (c.Message.Gate, c.Message.Event, c.CancellationToken);
        // The gate's id is the decision's: the same word twice is one decision.
        if (gate.Type != "human" || await db.Decisions.FindAsync([gate.Id], ct) is not null) return;
        var row = new DecisionRow
        {
            Id = gate.Id,
            Kind = DecisionKind.Approve,
            Title = $"May {gate.StepId} of {gate.MoleculeId} go on?",
            Question = gate.Name is { Length: > 0 } name ? $"It waits at its gate {name}." : null,
            AskedBy = header.Actor,
            AssignedTo = "overseer",
            RigId = header.RigId,
            WorkItemId = header.WorkItemId,
            MoleculeId = gate.MoleculeId,
            GateId = gate.Id,
            AskedAt = clock.Now(),
        };
        await desk.AskAsync(row, Caller.System("health"), ct);
    }

    public Task Consume(ConsumeContext<GateOpened> c) => EndAsync(c.Message.Gate.Id, $"Its gate was opened by {c.Message.Gate.By}.", c.CancellationToken);

    public Task Consume(ConsumeContext<GateExpired> c) => EndAsync(c.Message.Gate.Id, "Its gate was not opened in time.", c.CancellationToken);

    public Task Consume(ConsumeContext<MoleculeCompleted> c) => EndAllAsync(c.Message.Molecule.Id, "completed", c.CancellationToken);

    public Task Consume(ConsumeContext<MoleculeFailed> c) => EndAllAsync(c.Message.Molecule.Id, "failed", c.CancellationToken);

    public Task Consume(ConsumeContext<MoleculeBurned> c) => EndAllAsync(c.Message.Molecule.Id, "burned", c.CancellationToken);

    public Task Consume(ConsumeContext<DecisionDue> c) => desk.DueAsync(c.Message.DecisionId, c.CancellationToken);

    async Task EndAsync(Guid gateId, string reason, CancellationToken ct)
    {
        if (await db.Decisions.FindAsync([gateId], ct) is { } row) await desk.WithdrawAsync(row, reason, ct);
    }

    async Task EndAllAsync(string moleculeId, string how, CancellationToken ct)
    {
        foreach (var row in await db.Decisions.Where(d => d.MoleculeId == moleculeId && d.State == DecisionState.Open).ToListAsync(ct))
            await desk.WithdrawAsync(row, $"{moleculeId} has {how}.", ct);
    }
}
