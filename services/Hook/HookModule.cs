using ClaudeManage.Hook.Consumers;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Dispatch;
using ClaudeManage.Hook.Features;
using ClaudeManage.Hook.Features.Agents;
using ClaudeManage.Hook.Features.Handoffs;
using ClaudeManage.Hook.Features.Hooks;
using ClaudeManage.Hook.Features.Leases;
using ClaudeManage.Hook.Features.Mail;
using ClaudeManage.Hook.Features.Scheduling;
using ClaudeManage.Hook.Features.Stops;
using ClaudeManage.Hook.Reconciling;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Hook.Stopping;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Hook;

/// <summary>Who is doing what, and under which lease: the single authority on assignment.</summary>
public sealed class HookModule : IModule
{
    /// <inheritdoc />
    public string Name => "hook";

    /// <inheritdoc />
    public Type DbContext => typeof(HookDbContext);

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddModuleDbContext<HookDbContext, SqliteHookDbContext, PostgresHookDbContext>(Name);
        builder.AddValidatedOptions<HookOptions>("Hook");
        builder.Services.AddSingleton(HookTelemetry.Gauges);
        builder.Services.AddSingleton<HookSignals>();
        builder.Services.AddSingleton<ItemArrival>();
        builder.Services.AddScoped<AssignmentFlow>();
        builder.Services.AddScoped<AgentRegistry>();
        builder.Services.AddScoped<SessionGuard>();
        builder.Services.AddScoped<Leasing>();
        builder.Services.AddScoped<SlingItems>();
        builder.Services.AddScoped<PlannedSlings>();
        builder.Services.AddScoped<Scheduler>();
        builder.Services.AddScoped<Polecats>();
        builder.Services.AddScoped<Starts>();
        builder.Services.AddScoped<Reconciler>();
        builder.Services.AddScoped<StopDesk>();
        builder.Services.AddHostedService<SchedulerService>();
        builder.Services.AddHostedService<ReconcileAtStart>();
    }

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<HookDbContext, RigFactsConsumer>();
        bus.Consumer<HookDbContext, WorkItemFactsConsumer>();
        bus.Consumer<HookDbContext, MergeFactsConsumer>();
        bus.Consumer<HookDbContext, NodeFactsConsumer>();
        bus.Consumer<HookDbContext, LeaseCheckConsumer>();
        bus.Consumer<HookDbContext, DueTimesConsumer>();
        bus.Consumer<HookDbContext, PlannedSlingConsumer>();
        bus.Consumer<HookDbContext, DeliverMailConsumer>();
        bus.Consumer<HookDbContext, WispStepsConsumer>();
        bus.Saga<HookDbContext, DispatchStateMachine, DispatchState>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        RegisterAgent.Map(routes);
        ReadAgents.Map(routes);
        RetireAgent.Map(routes);
        Sling.Map(routes);
        Unsling.Map(routes);
        ReadHook.Map(routes);
        ReadAssignments.Map(routes);
        Claim.Map(routes);
        RenewLeases.Map(routes);
        ReleaseLease.Map(routes);
        Done.Map(routes);
        CreateHandoff.Map(routes);
        ReadHandoffs.Map(routes);
        Resume.Map(routes);
        MailEndpoints.Map(routes);
        SchedulerEndpoints.Map(routes);
        StopEndpoints.Map(routes);
        ReadNodes.Map(routes);
        ReadRigQueue.Map(routes);
        SpawnWorkers.Map(routes);
        ReconcileEndpoint.Map(routes);
    }
}
