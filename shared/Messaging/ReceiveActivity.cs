using System.Collections.Concurrent;
using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>The messages that endpoints are working on, on either transport.</summary>
sealed class ReceiveActivity : IReceiveObserver
{
    // By context and not by count: a fault is reported by every filter it passes.
    readonly ConcurrentDictionary<ReceiveContext, bool> _active = new(ReferenceEqualityComparer.Instance);

    long _begun;

    public bool IsQuiet => _active.IsEmpty;

    /// <summary>How many deliveries have come since the start.</summary>
    public long Begun => Interlocked.Read(ref _begun);

    public Task PreReceive(ReceiveContext context)
    {
        Interlocked.Increment(ref _begun);
        _active[context] = true;
        return Task.CompletedTask;
    }

    public Task PostReceive(ReceiveContext context) => Done(context);
    public Task ReceiveFault(ReceiveContext context, Exception exception) => Done(context);
    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;
    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class => Task.CompletedTask;

    Task Done(ReceiveContext context)
    {
        _active.TryRemove(context, out _);
        return Task.CompletedTask;
    }
}
