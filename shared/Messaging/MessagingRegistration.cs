using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.Messaging;

public static class MessagingRegistration
{
    /// <summary>
    /// The one bus of the process. <c>Bus:Transport</c> chooses the transport; modules, endpoints, consumers and sagas are the
    /// same on both. Each module gets an <see cref="IOutbox{TDb}"/> and a relay.
    /// </summary>
    public static void AddModuleMessaging(this IHostApplicationBuilder builder, IReadOnlyList<MessagingModule> modules)
    {
        // Else a message that a broker passes on has line breaks in it, also in the JSON that a worker handed in, which later steps and the trail show.
        if (!SystemTextJsonMessageSerializer.Options.IsReadOnly) SystemTextJsonMessageSerializer.Options.WriteIndented = false;
        var services = builder.Services;
        services.AddOptions<BusOptions>().BindConfiguration("Bus");
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new RootServices(provider));
        services.AddSingleton<OutboxRows>();
        services.AddSingleton<Envelopes>();
        services.AddSingleton<Outside.OutsideBroker>();
        services.AddSingleton<ReceiveActivity>();
        services.AddReceiveObserver(provider => provider.GetRequiredService<ReceiveActivity>());
        services.AddSingleton<MessagingHealth>();
        services.AddSingleton<IMessagingHealth>(provider => provider.GetRequiredService<MessagingHealth>());
        services.AddHealthChecks().AddCheck<MessagingHealth>("messaging");
        var options = builder.Configuration.GetSection("Bus").Get<BusOptions>() ?? new BusOptions();
        if (options.Transport == BusTransport.RabbitMq) services.AddHealthChecks().AddCheck<Outside.OutsideHealth>("outside");
        var plan = new BusPlan();
        services.AddSingleton(plan);
        // Before the bus, so that a wrong mapping stops the start.
        services.AddHostedService<PlanChecks>();
        services.Configure<MassTransitHostOptions>(o => o.WaitUntilStarted = true);
        services.AddSingleton<Lanes>();
        // A broker's deliveries need their lanes before the first and until after the last.
        if (options.Transport == BusTransport.RabbitMq) services.AddHostedService(provider => provider.GetRequiredService<Lanes>());
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.ConfigureHealthCheckOptions(check => check.Name = "bus");
            foreach (var module in modules) module.Configure(new ModuleBus(module, plan, options, bus));
            bus.AddConfigureEndpointsCallback((context, name, endpoint) =>
            {
                // A queue that goes through a lane has only the lane's entrance; the rest is the lane's own pipeline.
                if (plan.BuildsLanes || !plan.Endpoints[name].IsLaned) Configure(plan.Endpoints[name], context, endpoint);
            });
            if (options.Transport == BusTransport.RabbitMq) bus.UseRabbitMq(builder.Configuration, options, plan);
            else bus.UsingInMemory();
        });
        if (options.Transport == BusTransport.InProcess) services.AddHostedService(provider => provider.GetRequiredService<Lanes>());
        foreach (var module in modules)
            typeof(MessagingRegistration).GetMethod(nameof(AddModule), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
                .MakeGenericMethod(module.DbContext).Invoke(null, [services, module.Name, options.Transport]);
    }

    static void AddModule<TDb>(IServiceCollection services, string module, BusTransport transport) where TDb : ModuleDbContext
    {
        services.AddSingleton(provider => new RelaySignal<TDb>(provider.GetRequiredService<TimeProvider>(), hasReplicas: transport == BusTransport.RabbitMq));
        services.AddSingleton(_ => new ReplicaNews<TDb>(hasReplicas: transport == BusTransport.RabbitMq));
        services.AddScoped<IOutbox<TDb>, ModuleOutbox<TDb>>();
        services.AddScoped<IOutboxContextFactory<TDb>, Inbox<TDb>>();
        services.AddScoped(provider => new DeadLetterDesk<TDb>(provider.GetRequiredService<TDb>(), provider.GetRequiredService<BusPlan>(),
            provider.GetRequiredService<RelaySignal<TDb>>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Relay<TDb>>(provider => transport == BusTransport.RabbitMq
            ? new RabbitMqRelay<TDb>(module, provider)
            : new InProcessRelay<TDb>(module, provider));
        services.AddSingleton<IRelay>(provider => provider.GetRequiredService<Relay<TDb>>());
        services.AddHostedService(provider => provider.GetRequiredService<Relay<TDb>>());
        // Not AddHostedService: every module has its own.
        services.AddSingleton<IHostedService>(provider => new GroundPruning<TDb>(module, provider));
        if (transport == BusTransport.RabbitMq) services.AddSingleton<IHostedService>(provider => new OutboxListener<TDb>(module, provider));
    }

    static void Configure(EndpointPlan plan, IRegistrationContext context, IReceiveEndpointConfigurator endpoint)
    {
        var subscriptions = new Subscriptions(plan.MessageUrns);
        endpoint.ConnectConsumerConfigurationObserver(subscriptions);
        endpoint.ConnectSagaConfigurationObserver(subscriptions);
        plan.UseModuleDelivery(context, endpoint);
    }
}

/// <summary>A module as the bus sees it.</summary>
/// <param name="Configure">Names its consumers and sagas.</param>
public sealed record MessagingModule(string Name, Type DbContext, Action<IModuleBus> Configure)
{
    /// <summary>What the names of its endpoints begin with. Processes with the same prefix share the work; with another one each gets every message.</summary>
    public string EndpointPrefix { get; init; } = Name;

    /// <summary>RabbitMQ: a queue that nobody has used for so long goes by itself; null for one that stays.</summary>
    public TimeSpan? QueueExpiry { get; init; }
}

/// <summary>The container itself, for singletons that open scopes while MassTransit's registration context stands in for it.</summary>
sealed record RootServices(IServiceProvider Services);
