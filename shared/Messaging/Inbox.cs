using ClaudeManage.Contracts;
using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Scheduling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>
/// One transaction around a consumer: inbox row, what the consumer wrote, what it sent. The inbox row comes first and
/// "on conflict do nothing": a second delivery, even a concurrent one, finds it and is acknowledged without effect.
/// </summary>
sealed class Inbox<TDb>(TDb db, IBus bus, OutboxRows rows, RelaySignal<TDb> signal, IServiceProvider services, TimeProvider clock, ILogger<Inbox<TDb>> log) : IOutboxContextFactory<TDb>
    where TDb : ModuleDbContext
{
    public void Probe(ProbeContext context) => context.CreateFilterScope("inbox");

    public async Task Send<T>(ConsumeContext<T> context, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next) where T : class
    {
        var id = context.MessageId ?? throw new MessageException(typeof(T), "A message id is required.");
        var ct = context.CancellationToken;
        if (db.Database.CurrentTransaction is not null)
        {
            await JoinBatchAsync(context, options, next, id, ct);
            return;
        }
        using (await db.EnterWriteGateAsync(ct, patient: true))
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            try
            {
                await HandleAsync(context, options, next, id, ct);
                await db.CommitAsync(transaction);
            }
            catch
            {
                db.DropAfterCommit();
                throw;
            }
        }
        db.RunAfterCommit();
    }

    async Task JoinBatchAsync<T>(ConsumeContext<T> context, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next, Guid id, CancellationToken ct) where T : class
    {
        try
        {
            await HandleAsync(context, options, next, id, ct);
        }
        catch (Exception e)
        {
            throw new BatchAbandonedException(e.Message);
        }
        // The next message of the batch finds the context as a new one would be.
        db.ChangeTracker.Clear();
    }

    async Task HandleAsync<T>(ConsumeContext<T> context, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next, Guid id, CancellationToken ct) where T : class
    {
        var fresh = context.ReceiveContext.TryGetPayload(out BatchInbox? batch) ? batch.TakeFresh(id) : await InsertAsync(context, id, ct);
        using var scope = context.Message is IRunEvent { Event: { } about } ? log.BeginScope(new LogScope(about.Actor, about.WorkItemId)) : null;
        await next.Send(new InboxContext<TDb, T>(context, options, services, db, bus, rows, signal, clock, duplicate: !fresh));
        await db.SaveChangesAsync(ct);
    }

    async Task<bool> InsertAsync(ConsumeContext context, Guid id, CancellationToken ct)
    {
        var consumer = $"{context.ReceiveContext.InputAddress.AbsolutePath.Split('/')[^1]}";
        var at = OutboxReader.Instant(db, clock.GetUtcNow());
        return await db.Database.ExecuteSqlAsync(
            $"insert into inbox (message_id, consumer, received_at) values ({id}, {consumer}, {at}) on conflict do nothing", ct) == 1;
    }
}

sealed class InboxContext<TDb, T> : OutboxConsumeContextProxy<T> where TDb : ModuleDbContext where T : class
{
    readonly TDb _db;
    readonly IBus _bus;
    readonly OutboxRows _rows;
    readonly RelaySignal<TDb> _signal;
    readonly bool _duplicate;

    public InboxContext(ConsumeContext<T> context, OutboxConsumeOptions options, IServiceProvider services, TDb db, IBus bus, OutboxRows rows, RelaySignal<TDb> signal, TimeProvider clock, bool duplicate)
        : base(context, options, services)
    {
        (_db, _bus, _rows, _signal, _duplicate) = (db, bus, rows, signal, duplicate);
        MessageSchedulerContext scheduler = new ConsumeMessageSchedulerContext(this, consume => new MessageScheduler(new DueTimeScheduler(db, consume, clock), bus.Topology));
        AddOrUpdatePayload(() => scheduler, _ => scheduler);
    }

    public override bool ContinueProcessing { get; set; } = true;
    public override bool IsMessageConsumed => _duplicate;
    // The relay delivers; MassTransit's own delivery after the consumer has nothing to do.
    public override bool IsOutboxDelivered => _duplicate;
    public override int ReceiveCount => 0;
    public override long? LastSequenceNumber => null;
    public override Task SetConsumed() => Task.CompletedTask;
    public override Task SetDelivered() => Task.CompletedTask;
    public override Task RemoveOutboxMessages() => Task.CompletedTask;
    public override Task NotifyOutboxMessageDelivered(OutboxMessageContext message) => Task.CompletedTask;
    public override Task<List<OutboxMessageContext>> LoadOutboxMessages() => Task.FromResult(new List<OutboxMessageContext>());

    public override Task AddSend<TMessage>(SendContext<TMessage> context)
    {
        _db.AddToOutbox(_rows.From(context, _bus), _signal);
        return Task.CompletedTask;
    }
}
