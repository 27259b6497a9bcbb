using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Health.Data;
using MassTransit;

namespace ClaudeManage.Health.Consumers;

/// <summary>Where nothing is started for now, and which formula running workflows follow.</summary>
sealed class TownFactsConsumer(HealthDbContext db) :
    IConsumer<SchedulerPaused>, IConsumer<SchedulerResumed>, IConsumer<EmergencyStopOrdered>, IConsumer<EmergencyStopLifted>, IConsumer<MoleculePoured>, IConsumer<MoleculeCompleted>, IConsumer<MoleculeFailed>, IConsumer<MoleculeBurned>
{
    public Task Consume(ConsumeContext<SchedulerPaused> c) => PauseAsync(c.Message.Scope, true, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<SchedulerResumed> c) => PauseAsync(c.Message.Scope, false, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<EmergencyStopOrdered> c) => PauseAsync(PauseCopy.StopPrefix + c.Message.Scope, true, c.Message.Event.EmittedAt, c.CancellationToken);

    public Task Consume(ConsumeContext<EmergencyStopLifted> c) => PauseAsync(PauseCopy.StopPrefix + c.Message.Scope, false, c.Message.Event.EmittedAt, c.CancellationToken);

    public async Task Consume(ConsumeContext<MoleculePoured> c)
    {
        var root = Ids.RootOf(c.Message.Molecule.Id);
        if (await db.Formulas.FindAsync([root], c.CancellationToken) is null) db.Formulas.Add(new FormulaCopy { RootItemId = root, Formula = c.Message.Molecule.Formula });
    }

    public Task Consume(ConsumeContext<MoleculeCompleted> c) => ForgetAsync(c.Message.Molecule.Id, c.CancellationToken);

    public Task Consume(ConsumeContext<MoleculeFailed> c) => ForgetAsync(c.Message.Molecule.Id, c.CancellationToken);

    public Task Consume(ConsumeContext<MoleculeBurned> c) => ForgetAsync(c.Message.Molecule.Id, c.CancellationToken);

    async Task PauseAsync(string scope, bool paused, DateTimeOffset at, CancellationToken ct)
    {
        var copy = await db.Pauses.FindAsync([scope], ct);
        if (copy is not null && copy.At > at) return;
        if (copy is null) db.Pauses.Add(copy = new PauseCopy { Scope = scope });
        (copy.Paused, copy.At) = (paused, at);
    }

    async Task ForgetAsync(string moleculeId, CancellationToken ct)
    {
        if (await db.Formulas.FindAsync([Ids.RootOf(moleculeId)], ct) is { } copy) db.Formulas.Remove(copy);
    }
}
