using System.Data;
using ClaudeManage.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>
/// After the immediate retries: puts a failed delivery off by a due row addressed to this one endpoint, so that nobody
/// else waits for it. The last failure goes through to the transport, which dead-letters it.
/// </summary>
sealed class Redelivery<TDb>(string endpoint, IServiceProvider services, ILogger log) : IFilter<ConsumeContext> where TDb : ModuleDbContext
{
    static readonly TimeSpan[] Delays = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];

    public void Probe(ProbeContext context) => context.CreateFilterScope("redelivery");

    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        try
        {
            await next.Send(context);
        }
        catch (Exception e) when (!context.CancellationToken.IsCancellationRequested && RowHeaders.AttemptsOf(context.ReceiveContext) < Delays.Length)
        {
            var attempts = RowHeaders.AttemptsOf(context.ReceiveContext);
            log.LogWarning(e, "{Endpoint} failed on {MessageId}; again in {Delay}", endpoint, context.MessageId, Delays[attempts]);
            await using var scope = services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<TDb>();
            var row = services.GetRequiredService<OutboxRows>().Again(context, endpoint, attempts + 1, Delays[attempts]);
            db.AddToOutbox(row, services.GetRequiredService<RelaySignal<TDb>>());
            await db.SaveChangesAsync(context.CancellationToken);
        }
    }
}

static class RetryPolicies
{
    /// <summary>Conflicts between writers pass by themselves, many short tries; anything else three at once.</summary>
    public static void UseModuleRetry(this IReceiveEndpointConfigurator endpoint, bool saga)
    {
        endpoint.UseMessageRetry(r =>
        {
            r.Handle<Exception>(e => IsConflict(e, saga));
            r.Exponential(12, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(20));
        });
        endpoint.UseMessageRetry(r =>
        {
            r.Ignore<Exception>(e => IsConflict(e, saga));
            r.Immediate(3);
        });
    }

    // Two first events of one saga: the second insert fails, and finds the row when tried again.
    static bool IsConflict(Exception e, bool saga) => Transactions.IsTransient(e) || (saga && Transactions.IsUniqueViolation(e));
}
