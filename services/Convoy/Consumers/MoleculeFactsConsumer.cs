using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Messaging;
using MassTransit;

namespace ClaudeManage.Convoy.Consumers;

/// <summary>Keeps how many items a molecule is poured into, so that a convoy made of it holds them all.</summary>
sealed class MoleculeFactsConsumer(ConvoyDbContext db, ConvoySignals signals) : IConsumer<MoleculePoured>
{
    public async Task Consume(ConsumeContext<MoleculePoured> c)
    {
        if (c.Message.Molecule is not { Wisp: false, RootItemId: { } root, Items: { } items } || await db.Molecules.FindAsync([root], c.CancellationToken) is not null) return;
        db.Molecules.Add(new MoleculeCopy { RootItemId = root, Items = items });
        db.AfterCommit(signals.Items.Pulse);
    }
}
