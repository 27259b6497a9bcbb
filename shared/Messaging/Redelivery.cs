using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Configuration;

namespace ClaudeManage.Messaging;

/// <summary>
/// After the immediate retries: puts a failed delivery off by a due row addressed to this one endpoint, so that nobody
/// else waits for it. The last failure becomes a dead letter. To the transport both are consumed.
/// </summary>
sealed class Redelivery<TDb, T>(FailedDeliveries<TDb> failed) : IFilter<ConsumeContext<T>> where TDb : ModuleDbContext where T : class
{
    public void Probe(ProbeContext context) => context.CreateFilterScope("redelivery");

    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        try
        {
            await next.Send(context);
        }
        catch (Exception e) when (e is not BatchAbandonedException && !context.CancellationToken.IsCancellationRequested)
        {
            await failed.KeepAsync(context, e);
            // Else the transport would take a message that nobody consumed and nobody refused for a skipped one.
            await context.NotifyConsumed(TimeSpan.Zero, nameof(Redelivery<,>));
        }
    }
}

/// <summary>Puts the filter around every message type of an endpoint; connected before the retries, it stands outside them.</summary>
sealed class RedeliveryObserver<TDb> : ConfigurationObserver, IMessageConfigurationObserver where TDb : ModuleDbContext
{
    readonly FailedDeliveries<TDb> _failed;

    public RedeliveryObserver(IReceiveEndpointConfigurator configurator, FailedDeliveries<TDb> failed) : base(configurator)
    {
        _failed = failed;
        Connect(this);
    }

    public void MessageConfigured<TMessage>(IConsumePipeConfigurator configurator) where TMessage : class =>
        configurator.AddPipeSpecification(new FilterPipeSpecification<ConsumeContext<TMessage>>(new Redelivery<TDb, TMessage>(_failed)));
}

/// <summary>
/// A broker's delivery that never came as far as a consumer: it cannot be read, or is of a type nobody here handles. It is kept
/// like the others, instead of in a queue that only the broker's tools show.
/// </summary>
sealed class UnreadDelivery(IFailedDeliveries failed, OutboxRows rows) : IFilter<ExceptionReceiveContext>, IFilter<ReceiveContext>
{
    public void Probe(ProbeContext context) => context.CreateFilterScope("unread");

    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) => failed.GiveUpAsync(rows.Unread(context), context.Exception, context.CancellationToken);

    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) =>
        failed.GiveUpAsync(rows.Unread(context), Unhandled(), context.CancellationToken);

    public static Exception Unhandled() => new MessageException(typeof(object), "No consumer of this endpoint handles a message of this type.");

    public void Use(IReceivePipelineConfigurator endpoint)
    {
        endpoint.ConfigureError(pipe => pipe.UseFilter<ExceptionReceiveContext>(this));
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter<ReceiveContext>(this));
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
            r.Ignore<Exception>(e => e is BatchAbandonedException || IsConflict(e, saga));
            r.Immediate(3);
        });
    }

    // Two first events of one saga: the second insert fails, and finds the row when tried again.
    static bool IsConflict(Exception e, bool saga) => Transactions.IsTransient(e) || (saga && Transactions.IsUniqueViolation(e));
}
