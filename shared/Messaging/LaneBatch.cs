using ClaudeManage.Persistence;
using MassTransit.Transports;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Messaging;

/// <summary>
/// Queued messages of one endpoint in one transaction: one commit instead of many, which is most of what a small consumer
/// costs. All or nothing: if one fails, all roll back and are handled one by one, with retries and redelivery as usual.
/// </summary>
sealed class LaneBatch(EndpointPlan endpoint, IReceiveEndpointDispatcher dispatcher, IServiceProvider services, TimeProvider clock)
{
    /// <summary>False: nothing has happened.</summary>
    public async Task<bool> TryAsync(IReadOnlyList<Delivery> deliveries, CancellationToken ct)
    {
        if (deliveries.Any(x => x.MessageId is null)) return false;
        await using var scope = services.CreateAsyncScope();
        var db = (ModuleDbContext)scope.ServiceProvider.GetRequiredService(endpoint.DbContext);
        try
        {
            using (await db.EnterWriteGateAsync(ct, patient: true))
            {
                await using var transaction = await db.Database.BeginTransactionAsync(ct);
                var inbox = await BatchInbox.WriteAsync(db, endpoint.Name, deliveries.Select(x => x.MessageId!.Value), clock.GetUtcNow(), ct);
                // MassTransit takes the scope of the payload instead of opening one, and so everyone gets this DbContext.
                foreach (var delivery in deliveries) await dispatcher.Dispatch(delivery.Body, delivery.Headers, ct, new SharedScope(scope.ServiceProvider), inbox);
                await db.CommitAsync(transaction);
            }
        }
        catch (Exception)
        {
            db.DropAfterCommit();
            return false;
        }
        db.RunAfterCommit();
        return true;
    }

    /// <summary>Not MassTransit's to dispose.</summary>
    sealed class SharedScope(IServiceProvider services) : IServiceScope
    {
        public IServiceProvider ServiceProvider => services;
        public void Dispose() { }
    }
}

/// <summary>
/// Carries a failure past retries and redelivery to the batch it happened in. Holds no inner exception: the retries would
/// look into it.
/// </summary>
sealed class BatchAbandonedException(string message) : Exception(message);
