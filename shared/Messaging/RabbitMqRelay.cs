using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>
/// Publishes rows in parallel and deletes those the broker confirmed. PostgreSQL: the rows stay locked meanwhile, so
/// several replicas share the work. SQLite: one relay per file, and no write lock is held while the broker works.
/// </summary>
sealed class RabbitMqRelay<TDb>(string module, IServiceProvider services) : Relay<TDb>(module, services) where TDb : ModuleDbContext
{
    static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(30);
    static readonly TimeSpan LastPasses = TimeSpan.FromSeconds(5);
    readonly IBus _bus = services.GetRequiredService<IBus>();
    volatile bool _busy;

    public override bool IsIdle => !_busy;

    protected override async Task<bool> PassAsync(TDb db, CancellationToken ct)
    {
        _busy = true;
        try
        {
            var dueTimeCame = Signal.TakeDueTimeCame();
            var now = Clock.GetUtcNow();
            var sqlite = db.IsSqlite();
            await using var transaction = sqlite ? null : await db.Database.BeginTransactionAsync(ct);
            var rows = await db.ReadDueAsync(now, dueTimeCame, [], Options.RelayBatch, lockRows: !sqlite, ct);
            if (dueTimeCame) await SetAlarmAsync(db, now, ct);
            if (rows.Count == 0) return false;
            var confirmed = await Task.WhenAll(rows.Select(row => PublishAsync(row, ct)));
            var done = rows.Where((_, i) => confirmed[i]).Select(x => x.Id).ToArray();
            if (done.Length > 0)
            {
                using var pass = await db.EnterWriteGateAsync(ct);
                await db.DeleteAsync(done, CancellationToken.None);
            }
            if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
            if (done.Length < rows.Count) throw new InvalidOperationException($"{rows.Count - done.Length} of {rows.Count} messages were not confirmed by the broker.");
            if (dueTimeCame && rows.Count >= Options.RelayBatch) Signal.Sweep();
            return rows.Count >= Options.RelayBatch;
        }
        finally
        {
            _busy = false;
        }
    }

    /// <summary>What was committed until now still leaves: on SQLite nobody else would take it out before the next start.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LastPasses);
        try
        {
            await using var scope = Services.CreateAsyncScope();
            while (await PassAsync(scope.ServiceProvider.GetRequiredService<TDb>(), limit.Token)) { }
        }
        catch (Exception e)
        {
            Log.LogInformation("Outbox of {Module}: the rest leaves with the next start ({Reason})", Module, e.Message);
        }
    }

    async Task<bool> PublishAsync(OutboxRow row, CancellationToken ct)
    {
        try
        {
            var endpoint = await BusAddresses.EndpointAsync(_bus, row.Destination);
            var message = new StoredMessage(row);
            var stored = new OutboxMessageSendPipe(message, null);
            var pipe = Pipe.ExecuteAsync<SendContext<SerializedMessageBody>>(async context =>
            {
                await stored.Send(context);
                foreach (var (name, value) in RowHeaders.Of(row)) context.Headers.Set(name, value);
            });
            // Never cancel a send from inside: a cancelled AMQP call leaves the client's channel waiting. Give up waiting instead.
            await endpoint.Send(new SerializedMessageBody(), pipe, CancellationToken.None).WaitAsync(ConfirmTimeout, ct);
            return true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.LogWarning("Message {MessageId} to {Destination} is not confirmed: {Error}", row.MessageId, row.Destination, e.Message);
            return false;
        }
    }
}
