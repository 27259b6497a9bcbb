using ClaudeManage.Health.Consumers;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Features;
using ClaudeManage.Health.Running;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Health;

/// <summary>Who is alive, stuck, lost; what a person must look at.</summary>
public sealed class HealthModule : IModule
{
    /// <inheritdoc />
    public string Name => "health";

    /// <inheritdoc />
    public Type DbContext => typeof(HealthDbContext);

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<HealthOptions>("Health");
        builder.AddModuleDbContext<HealthDbContext, SqliteHealthDbContext, PostgresHealthDbContext>(Name);
        builder.Services.AddSingleton(HealthTelemetry.Gauges);
        builder.Services.AddScoped<AgentWatch>();
        builder.Services.AddScoped<HookWatch>();
        builder.Services.AddScoped<Witness>();
        builder.Services.AddScoped<PatrolLog>();
        builder.Services.AddScoped<IncidentDesk>();
        builder.Services.AddScoped<DecisionDesk>();
        builder.Services.AddSingleton<DecisionLinks>();
        builder.Services.AddSingleton<NoticeSignal>();
        builder.Services.AddSingleton<NoticeSender>();
        builder.Services.AddHostedService<NoticeService>();
        builder.Services.AddScoped<Retention>();
        builder.Services.AddScoped<Deacon>();
        builder.Services.AddHostedService<Boot>();
        builder.Services.AddHttpClient(NoticeSender.Client).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false });
    }

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<HealthDbContext, AssignmentSignalsConsumer>();
        bus.Consumer<HealthDbContext, SessionSignalsConsumer>();
        bus.Consumer<HealthDbContext, RigFactsConsumer>();
        bus.Consumer<HealthDbContext, TownFactsConsumer>();
        bus.Consumer<HealthDbContext, SuiteSignalsConsumer>();
        bus.Consumer<HealthDbContext, CheckAgentConsumer>();
        bus.Consumer<HealthDbContext, DeaconDueConsumer>();
        bus.Consumer<HealthDbContext, RaiseIncidentConsumer>();
        bus.Consumer<HealthDbContext, DecisionFactsConsumer>();
        bus.Consumer<HealthDbContext, TellOutsideConsumer>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        ReadAgentHealth.Map(routes);
        Incidents.Map(routes);
        Escalate.Map(routes);
        Inbox.Map(routes);
        AnswerByLink.Map(routes);
        ReadPatrols.Map(routes);
        ReadHeartbeats.Map(routes);
    }
}
