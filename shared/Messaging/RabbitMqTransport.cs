using MassTransit;
using MassTransit.Configuration;
using Microsoft.Extensions.Configuration;

namespace ClaudeManage.Messaging;

static class RabbitMqTransport
{
    /// <summary>Durable quorum queues, publisher confirms (MassTransit's default), one connection per process.</summary>
    public static void UseRabbitMq(this IBusRegistrationConfigurator bus, IConfiguration configuration, BusOptions options, BusPlan plan)
    {
        var uri = new Uri(configuration.GetConnectionString("rabbitmq")
            ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is missing; Bus:Transport is RabbitMq."));
        bus.AddConfigureEndpointsCallback((context, name, endpoint) =>
        {
            if (plan.BuildsLanes || endpoint is not IRabbitMqReceiveEndpointConfigurator queue) return;
            queue.SetQuorumQueue();
            // An endpoint is one lane, here as in one process: its messages are handled in their order by one replica at a time, and by
            // the next one when that is gone. Where order means nothing the module has asked for more than one at once.
            queue.SingleActiveConsumer = plan.Endpoints[name].Concurrency == 1;
            if (plan.Endpoints[name].QueueExpiry is { } expiry) queue.SetQueueArgument("x-expires", expiry);
            queue.PrefetchCount = options.Prefetch;
            if (plan.Endpoints[name].IsLaned) queue.UseLane(context, name, options.Prefetch);
            else queue.ConcurrentMessageLimit = plan.Endpoints[name].Concurrency;
        });
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(uri, host => host.OnRefreshConnectionFactory = factory =>
            {
                BrokerSocket.UseFor(factory);
                return Task.CompletedTask;
            });
            rabbit.DeployTopologyOnly = options.DeployTopologyOnly;
            rabbit.PublishTopology.ConnectPublishTopologyConfigurationObserver(new DurableExchanges());
            rabbit.ConfigureEndpoints(context);
        });
    }

    /// <summary>
    /// MassTransit takes a type that is not public for a temporary one, whose exchange dies with the broker; what is published until a
    /// consumer has made it again would be confirmed and gone.
    /// </summary>
    sealed class DurableExchanges : IPublishTopologyConfigurationObserver
    {
        public void MessageTopologyCreated<T>(IMessagePublishTopologyConfigurator<T> configurator) where T : class
        {
            if (configurator is not IRabbitMqMessagePublishTopologyConfigurator exchange) return;
            exchange.Durable = true;
            exchange.AutoDelete = false;
        }
    }
}
