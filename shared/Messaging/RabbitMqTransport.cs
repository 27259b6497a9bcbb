using MassTransit;
using Microsoft.Extensions.Configuration;

namespace ClaudeManage.Messaging;

static class RabbitMqTransport
{
    /// <summary>Durable quorum queues, publisher confirms (MassTransit's default), one connection per process.</summary>
    public static void UseRabbitMq(this IBusRegistrationConfigurator bus, IConfiguration configuration, BusOptions options, BusPlan plan)
    {
        var uri = new Uri(configuration.GetConnectionString("rabbitmq")
            ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is missing; Bus:Transport is RabbitMq."));
        bus.AddConfigureEndpointsCallback((_, name, endpoint) =>
        {
            if (endpoint is not IRabbitMqReceiveEndpointConfigurator queue) return;
            queue.SetQuorumQueue();
            if (plan.Endpoints[name].QueueExpiry is { } expiry) queue.SetQueueArgument("x-expires", expiry);
            queue.PrefetchCount = options.Prefetch;
            queue.ConcurrentMessageLimit = plan.Endpoints[name].Concurrency;
        });
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(uri);
            rabbit.DeployTopologyOnly = options.DeployTopologyOnly;
            rabbit.ConfigureEndpoints(context);
        });
    }
}
