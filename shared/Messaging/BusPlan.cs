using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Messaging;

/// <summary>One endpoint as its module asked for it; the same plan serves both transports.</summary>
sealed record EndpointPlan(string Name, TimeSpan? QueueExpiry, Type DbContext, int Concurrency, bool IsSaga, Type Handler)
{
    public required Action<IRegistrationContext, IReceiveEndpointConfigurator> UseModuleDelivery { get; init; }
    public required Func<IReceiveEndpointDispatcherFactory, IReceiveEndpointDispatcher> CreateDispatcher { get; init; }
    public required Func<IServiceProvider, IFailedDeliveries> Failed { get; init; }
    /// <summary>Its deliveries go through a lane; else MassTransit takes them from their queue itself.</summary>
    public required bool IsLaned { get; init; }
    /// <summary>Filled while MassTransit configures the endpoint.</summary>
    public HashSet<string> MessageUrns { get; } = [];
    /// <summary>Throws what is wrong with the endpoint's mapping.</summary>
    public Action<IServiceProvider> Check { get; init; } = _ => { };
}

/// <summary>All endpoints of this process.</summary>
sealed class BusPlan
{
    public Dictionary<string, EndpointPlan> Endpoints { get; } = [];

    /// <summary>MassTransit is asked for the pipelines behind lanes; on RabbitMQ it configures them like the queues themselves.</summary>
    public bool BuildsLanes { get; set; }

    public void Add(EndpointPlan endpoint)
    {
        if (!Endpoints.TryAdd(endpoint.Name, endpoint))
            throw new InvalidOperationException($"Endpoint {endpoint.Name} is claimed by {Endpoints[endpoint.Name].Handler} and by {endpoint.Handler}.");
    }
}

sealed class ModuleBus(MessagingModule module, BusPlan plan, BusOptions options, IBusRegistrationConfigurator bus) : IModuleBus
{
    public void Consumer<TDb, TConsumer>(int concurrency = 1) where TDb : ModuleDbContext where TConsumer : class, IConsumer
    {
        var name = EndpointNames.OfConsumer(module.EndpointPrefix, typeof(TConsumer));
        plan.Add(new EndpointPlan(name, module.QueueExpiry, typeof(TDb), concurrency, IsSaga: false, typeof(TConsumer))
        {
            IsLaned = options.IsLaned(concurrency),
            UseModuleDelivery = (context, endpoint) => Use<TDb>(context, endpoint, plan.Endpoints[name]),
            Failed = Failed<TDb>(name),
            CreateDispatcher = factory => factory.CreateConsumerReceiver<TConsumer>(name),
        });
        bus.AddConsumer<TConsumer>().Endpoint(e => e.Name = name);
    }

    public void Saga<TDb, TMachine, TState>() where TDb : ModuleDbContext where TMachine : class, SagaStateMachine<TState> where TState : class, SagaStateMachineInstance, ISagaVersion
    {
        var name = EndpointNames.OfSaga(module.EndpointPrefix, typeof(TState));
        plan.Add(new EndpointPlan(name, module.QueueExpiry, typeof(TDb), 1, IsSaga: true, typeof(TMachine))
        {
            IsLaned = options.IsLaned(1),
            UseModuleDelivery = (context, endpoint) => Use<TDb>(context, endpoint, plan.Endpoints[name]),
            Failed = Failed<TDb>(name),
            CreateDispatcher = factory => factory.CreateSagaReceiver<TState>(name),
            Check = SagaMapping.Check<TDb, TState>,
        });
        var saga = bus.AddSagaStateMachine<TMachine, TState>();
        saga.Endpoint(e => e.Name = name);
        saga.ModuleRepository<TDb, TState>();
    }

    Func<IServiceProvider, FailedDeliveries<TDb>> Failed<TDb>(string name) where TDb : ModuleDbContext => services => new FailedDeliveries<TDb>(module.Name, name, services);

    void Use<TDb>(IRegistrationContext context, IReceiveEndpointConfigurator endpoint, EndpointPlan planned) where TDb : ModuleDbContext
    {
        endpoint.PublishFaults = false;
        var failed = Failed<TDb>(planned.Name)(context.GetRequiredService<RootServices>().Services);
        _ = new RedeliveryObserver<TDb>(endpoint, failed);
        // A lane itself hands over what its pipeline throws.
        if (!planned.IsLaned) new UnreadDelivery(failed, context.GetRequiredService<OutboxRows>()).Use((IRabbitMqReceiveEndpointConfigurator)endpoint);
        endpoint.UseModuleRetry(planned.IsSaga);
        var inbox = new OutboxConsumePipeSpecificationObserver<TDb>(endpoint, context);
        endpoint.ConnectConsumerConfigurationObserver(inbox);
        endpoint.ConnectSagaConfigurationObserver(inbox);
    }
}
