using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Running;
using ClaudeManage.Convoy.Sagas;
using ClaudeManage.Messaging;
using MassTransit;

namespace ClaudeManage.Convoy.Consumers;

/// <summary>Follows the requests of convoys that land together: the last one that is proved lets the convoy land.</summary>
sealed class MergeFactsConsumer(ConvoyRun run, IOutbox<ConvoyDbContext> outbox) :
    IConsumer<MergeQueued>, IConsumer<MergeGating>, IConsumer<MergeProved>, IConsumer<MergeConflicted>, IConsumer<MergeRejected>, IConsumer<MergeSuperseded>
{
    public Task Consume(ConsumeContext<MergeQueued> c) => KeepAsync(c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeGating> c) => KeepAsync(c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeProved> c) => KeepAsync(c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeConflicted> c) => KeepAsync(c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeRejected> c) => KeepAsync(c.Message.Request, c.CancellationToken);

    public Task Consume(ConsumeContext<MergeSuperseded> c) => KeepAsync(c.Message.Request, c.CancellationToken);

    async Task KeepAsync(MergeRequestSnapshot request, CancellationToken ct)
    {
        var convoys = await run.KeepAsync(request, ct);
        if (request.State != MergeRequestState.Proved) return;
        foreach (var convoy in convoys) await outbox.PublishAsync(new EvaluateConvoy(convoy), ct);
    }
}
