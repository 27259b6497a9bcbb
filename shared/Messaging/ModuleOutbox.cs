using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Transports;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Messaging;

/// <inheritdoc cref="IOutbox{TDb}"/>
sealed class ModuleOutbox<TDb>(TDb db, IBus bus, OutboxRows rows, RelaySignal<TDb> signal, IServiceProvider services) : IOutbox<TDb>, OutboxSendContext
    where TDb : ModuleDbContext
{
    IPublishEndpoint Endpoint => field ??= new PublishEndpoint(new OutboxPublishEndpointProvider(this, bus));

    // As object: a caller that knows the message by an interface still publishes what it is.
    public Task PublishAsync<T>(T message, CancellationToken ct = default) where T : class => Endpoint.Publish((object)message, ct);

    public async Task<Guid> ScheduleAsync<T>(T message, DateTimeOffset dueAt, CancellationToken ct = default) where T : class
    {
        var token = NewId.NextGuid();
        await ScheduleAsync(message, dueAt, token, ct);
        return token;
    }

    public Task ScheduleAsync<T>(T message, DateTimeOffset dueAt, Guid token, CancellationToken ct = default) where T : class =>
        Endpoint.Publish((object)message, Pipe.Execute<PublishContext>(context =>
        {
            context.MessageId = token;
            context.GetOrAddPayload(() => new DueTime(dueAt));
        }), ct);

    public async Task CancelAsync(Guid token, CancellationToken ct = default)
    {
        foreach (var unsaved in db.ChangeTracker.Entries<OutboxRow>().Where(x => x.Entity.MessageId == token).ToList())
            unsaved.State = EntityState.Detached;
        using var pass = db.Database.CurrentTransaction is null ? await db.EnterWriteGateAsync(ct) : default;
        await db.Outbox.Where(x => x.MessageId == token).ExecuteDeleteAsync(ct);
    }

    public Task AddSend<T>(SendContext<T> context) where T : class
    {
        db.AddToOutbox(rows.From(context, bus), signal);
        return Task.CompletedTask;
    }

    public object? GetService(Type serviceType) => services.GetService(serviceType);
}

static class OutboxWriting
{
    public static void AddToOutbox<TDb>(this TDb db, OutboxRow row, RelaySignal<TDb> signal) where TDb : ModuleDbContext
    {
        // A consumer may publish from several tasks at once; a DbContext may not be used so.
        lock (db)
        {
            db.Add(row);
            db.AfterCommit(row.DueAt == OutboxRow.AtOnce ? signal.Pulse : () => signal.PulseAt(row.DueAt));
        }
    }
}
