using ClaudeManage.Convoy.Consumers;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Features;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.Convoy.Running;
using ClaudeManage.Convoy.Sagas;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Convoy;

/// <summary>Initiatives: containers of one objective over many items and rigs.</summary>
public sealed class ConvoyModule : IModule
{
    /// <inheritdoc />
    public string Name => "convoy";

    /// <inheritdoc />
    public Type DbContext => typeof(ConvoyDbContext);

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddModuleDbContext<ConvoyDbContext, SqliteConvoyDbContext, PostgresConvoyDbContext>(Name);
        builder.AddValidatedOptions<ConvoyOptions>("Convoy");
        builder.Services.AddSingleton<ConvoySignals>();
        builder.Services.AddSingleton<ItemArrival>();
        builder.Services.AddScoped<ConvoyReader>();
        builder.Services.AddScoped<PlanReader>();
        builder.Services.AddSingleton(ConvoyTelemetry.Gauges);
        builder.Services.AddScoped<Herald>();
        builder.Services.AddScoped<Dispatcher>();
        builder.Services.AddScoped<ConvoyRun>();
        builder.Services.AddHostedService<RigCatchUp>();
    }

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<ConvoyDbContext, WorkItemFactsConsumer>();
        bus.Consumer<ConvoyDbContext, AssignmentEndConsumer>();
        bus.Consumer<ConvoyDbContext, CostConsumer>();
        bus.Consumer<ConvoyDbContext, MoleculeFactsConsumer>();
        bus.Consumer<ConvoyDbContext, RigFactsConsumer>();
        bus.Consumer<ConvoyDbContext, MergeFactsConsumer>();
        bus.Saga<ConvoyDbContext, ConvoyStateMachine, ConvoyRow>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        CreateConvoy.Map(routes);
        ReadConvoys.Map(routes);
        ChangeConvoy.Map(routes);
        ConvoyVerbs.Map(routes);
        ConvoyItems.Map(routes);
    }
}
