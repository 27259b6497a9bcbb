using System.Collections.Concurrent;
using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>
/// From a row's destination to an endpoint of the running transport. A published message goes through its type's own
/// publish endpoint, because that declares the exchange together with those of the interfaces it implements.
/// </summary>
static class BusAddresses
{
    static readonly ConcurrentDictionary<string, Func<IBus, Task<ISendEndpoint>>> Known = new();

    public static Task<ISendEndpoint> EndpointAsync(IBus bus, string destination) => Known.GetOrAdd(destination, Resolve)(bus);

    static Func<IBus, Task<ISendEndpoint>> Resolve(string destination)
    {
        if (!destination.StartsWith(OutboxRows.PublishPrefix, StringComparison.Ordinal))
        {
            // Through the endpoint's exchange: "queue:" would declare the queue anew, as a classic one, and be refused.
            var exchange = new Uri("exchange:" + destination[OutboxRows.QueuePrefix.Length..]);
            return bus => bus.GetSendEndpoint(exchange);
        }
        var type = Type.GetType(destination[OutboxRows.PublishPrefix.Length..], throwOnError: true)!;
        var method = typeof(BusAddresses).GetMethod(nameof(PublishEndpoint), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        return method.MakeGenericMethod(type).CreateDelegate<Func<IBus, Task<ISendEndpoint>>>();
    }

    static Task<ISendEndpoint> PublishEndpoint<T>(IBus bus) where T : class => ((IPublishEndpointProvider)bus).GetPublishSendEndpoint<T>();
}
