using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>
/// After the immediate retries: puts a failed delivery off by a due row addressed to this one endpoint, so that nobody
/// else waits for it. The last failure goes through to the transport, which dead-letters it.
/// </summary>
sealed class Redelivery<TDb, T>(string endpoint, IServiceProvider services, ILogger log) : IFilter<ConsumeContext<T>> where TDb : ModuleDbContext where T : class
{
    static readonly TimeSpan[] Delays = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];

    public void Probe(ProbeContext context) => context.CreateFilterScope("redelivery");

    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        try
        {
            await next.Send(context);
        }
        catch (Exception e) when (e is not BatchAbandonedException && !context.CancellationToken.IsCancellationRequested && RowHeaders.AttemptsOf(context.ReceiveContext) < Delays.Length)
        {
            var attempts = RowHeaders.AttemptsOf(context.ReceiveContext);
            log.LogWarning(e, "{Endpoint} failed on {MessageId}; again in {Delay}", endpoint, context.MessageId, Delays[attempts]);
            await using var scope = services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<TDb>();
            var row = services.GetRequiredService<OutboxRows>().Again(context, endpoint, attempts + 1, Delays[attempts]);
            db.AddToOutbox(row, services.GetRequiredService<RelaySignal<TDb>>());
            await db.SaveChangesAsync(context.CancellationToken);
            // Else the transport would take a message that nobody consumed and nobody refused for a skipped one.
            await context.NotifyConsumed(TimeSpan.Zero, nameof(Redelivery<,>));
        }
    }
}

/// <summary>Puts the filter around every message type of an endpoint; connected before the retries, it stands outside them.</summary>
sealed class RedeliveryObserver<TDb> : ConfigurationObserver, IMessageConfigurationObserver where TDb : ModuleDbContext
{
    readonly string _endpoint;
    readonly IServiceProvider _services;
    readonly ILogger _log;

    public RedeliveryObserver(IReceiveEndpointConfigurator configurator, string endpoint, IServiceProvider services) : base(configurator)
    {
        (_endpoint, _services) = (endpoint, services);
        _log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Messaging.Redelivery");
        Connect(this);
    }

    public void MessageConfigured<TMessage>(IConsumePipeConfigurator configurator) where TMessage : class =>
        configurator.AddPipeSpecification(new FilterPipeSpecification<ConsumeContext<TMessage>>(new Redelivery<TDb, TMessage>(_endpoint, _services, _log)));
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
            r.Ignore<Exception>(e => e is BatchAbandonedException || IsConflict(e, saga));
            r.Immediate(3);
        });
    }

    // Two first events of one saga: the second insert fails, and finds the row when tried again.
    static bool IsConflict(Exception e, bool saga) => Transactions.IsTransient(e) || (saga && Transactions.IsUniqueViolation(e));
}
