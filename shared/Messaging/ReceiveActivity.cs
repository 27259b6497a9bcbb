using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>Counts the messages that endpoints are working on, on either transport.</summary>
sealed class ReceiveActivity : IReceiveObserver
{
    int _active;

    public bool IsQuiet => Volatile.Read(ref _active) == 0;

    public Task PreReceive(ReceiveContext context)
    {
        Interlocked.Increment(ref _active);
        return Task.CompletedTask;
    }

    public Task PostReceive(ReceiveContext context) => Done();
    public Task ReceiveFault(ReceiveContext context, Exception exception) => Done();
    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;
    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class => Task.CompletedTask;

    Task Done()
    {
        Interlocked.Decrement(ref _active);
        return Task.CompletedTask;
    }
}
