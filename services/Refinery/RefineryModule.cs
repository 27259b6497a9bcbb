using ClaudeManage.Git;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Consumers;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Features;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.Refinery.Together;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ClaudeManage.Refinery;

/// <summary>The merge queue: nothing reaches a rig's target branch any other way, and its tip has always passed its gates.</summary>
public sealed class RefineryModule : IModule
{
    /// <inheritdoc />
    public string Name => "refinery";

    /// <inheritdoc />
    public Type DbContext => typeof(RefineryDbContext);

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddModuleDbContext<RefineryDbContext, SqliteRefineryDbContext, PostgresRefineryDbContext>(Name);
        builder.AddValidatedOptions<RefineryOptions>("Refinery");
        var services = builder.Services;
        services.AddGit();
        services.TryAddSingleton(new StepPoints());
        services.AddSingleton(RefineryTelemetry.Gauges);
        services.AddSingleton<MergeRequestStateMachine>();
        services.AddSingleton<QueueSignal>();
        services.AddSingleton<Replica>();
        services.AddSingleton<Repositories>();
        services.AddSingleton<GateWorktrees>();
        services.AddSingleton<GateLogs>();
        services.AddSingleton<GateRunner>();
        services.AddSingleton<QueueClaims>();
        services.AddSingleton<QueueReader>();
        services.AddSingleton<QueueWork>();
        services.AddSingleton<BuildStep>();
        services.AddSingleton<GateStep>();
        services.AddSingleton<LandStep>();
        services.AddSingleton<JudgeStep>();
        services.AddSingleton<Branches>();
        services.AddSingleton<ChainStep>();
        services.AddSingleton<MoveStep>();
        services.AddSingleton<RestoreStep>();
        services.AddSingleton<JointSteps>();
        services.AddScoped<LandingEnds>();
        services.AddScoped<LandingDesk>();
        services.AddScoped<MergeFlow>();
        services.AddScoped<QueueHolds>();
        services.AddHostedService<MergeDriver>();
        services.AddHostedService<GateLogRetention>();
    }

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<RefineryDbContext, RigFactsConsumer>();
        bus.Consumer<RefineryDbContext, WorkItemFactsConsumer>();
        bus.Consumer<RefineryDbContext, LeaseFactsConsumer>();
        bus.Consumer<RefineryDbContext, ConvoyOrdersConsumer>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        OpenMergeRequest.Map(routes);
        ReadMergeRequests.Map(routes);
        ActOnMergeRequest.Map(routes);
        MergeQueues.Map(routes);
        ReadGateRuns.Map(routes);
    }
}
