using ClaudeManage.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Messaging;

/// <inheritdoc cref="IOutbox{TDb}"/>
sealed class ModuleOutbox<TDb>(TDb db, Envelopes envelopes, RelaySignal<TDb> signal) : IOutbox<TDb> where TDb : ModuleDbContext
{
    public Task PublishAsync<T>(T message, CancellationToken ct = default) where T : class
    {
        db.AddToOutbox(envelopes.Publish(message, NewId.NextGuid(), OutboxRow.AtOnce), signal);
        return Task.CompletedTask;
    }

    public async Task<Guid> ScheduleAsync<T>(T message, DateTimeOffset dueAt, CancellationToken ct = default) where T : class
    {
        var token = NewId.NextGuid();
        await ScheduleAsync(message, dueAt, token, ct);
        return token;
    }

    public Task ScheduleAsync<T>(T message, DateTimeOffset dueAt, Guid token, CancellationToken ct = default) where T : class
    {
        db.AddToOutbox(envelopes.Publish(message, token, dueAt), signal);
        return Task.CompletedTask;
    }

    public async Task CancelAsync(Guid token, CancellationToken ct = default)
    {
        foreach (var unsaved in db.ChangeTracker.Entries<OutboxRow>().Where(x => x.Entity.MessageId == token).ToList())
            unsaved.State = EntityState.Detached;
        using var pass = db.Database.CurrentTransaction is null ? await db.EnterWriteGateAsync(ct) : default;
        await db.Outbox.Where(x => x.MessageId == token).ExecuteDeleteAsync(ct);
    }
}

static class OutboxWriting
{
    public static void AddToOutbox<TDb>(this TDb db, OutboxRow row, RelaySignal<TDb> signal) where TDb : ModuleDbContext
    {
        // A consumer may publish from several tasks at once; a DbContext may not be used so.
        lock (db)
        {
            db.Add(row);
            signal.OnCommit(db, row);
        }
    }
}
