using ClaudeManage.Git;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Consumers;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Features;
using ClaudeManage.Supervisor.Running;
using ClaudeManage.Supervisor.Town;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.Supervisor;

/// <summary>Runs agents on a node.</summary>
public sealed class SupervisorModule : IModule
{
    static readonly TimeSpan GoneForGood = TimeSpan.FromDays(30);
    static readonly TimeSpan TimeToHandBack = TimeSpan.FromSeconds(60);

    /// <inheritdoc />
    public string Name => "supervisor";

    /// <inheritdoc />
    public Type DbContext => typeof(SupervisorDbContext);

    /// <summary>What a node knows belongs to its machine.</summary>
    public DatabaseProvider DatabaseAlone => DatabaseProvider.Sqlite;

    /// <summary>On a broker every node has queues of its own: nodes are not replicas of one another, and each hears everything.</summary>
    public MessagingModule OnBus(IConfiguration configuration) => configuration.GetValue<BusTransport>("Bus:Transport") == BusTransport.InProcess
        ? new(Name, DbContext, AddMessaging)
        : new(Name, DbContext, AddMessaging) { EndpointPrefix = $"{Name}-{NodeName.Of(configuration["Supervisor:NodeId"])}", QueueExpiry = GoneForGood };

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddModuleDbContext<SupervisorDbContext, SqliteSupervisorDbContext, PostgresSupervisorDbContext>(Name);
        builder.AddValidatedOptions<SupervisorOptions>("Supervisor");
        var services = builder.Services;
        services.PostConfigure<HostOptions>(host => { if (host.ShutdownTimeout < TimeToHandBack) host.ShutdownTimeout = TimeToHandBack; });
        services.TryAddSingleton(s => new ProcessRunner(s.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<GitRunner>();
        services.AddSingleton(SupervisorTelemetry.Gauges);
        services.AddSingleton<NodeToken>();
        services.AddSingleton<ITownCalls, HttpTownCalls>();
        services.AddSingleton<NodeState>();
        services.AddSingleton<SessionRegistry>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<RigCopies>();
        services.AddSingleton<RigRepositories>();
        services.AddSingleton<AgentBin>();
        services.AddSingleton<SessionTools>();
        services.AddSingleton<SessionRun>();
        services.AddScoped<SessionStopper>();
        services.AddScoped<Nudges>();
        services.AddSingleton<ProcessorMeter>();
        services.AddSingleton<LeaseKeeper>();
        services.AddHostedService(s => s.GetRequiredService<LeaseKeeper>());
        services.AddSingleton<NodeRegistration>();
        services.AddHostedService(s => s.GetRequiredService<NodeRegistration>());
        services.AddHostedService<WorktreeRemover>();
        services.AddHostedService<SessionsWorker>();
        services.AddHostedService<NodeRetention>();
    }

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<SupervisorDbContext, StartSessionConsumer>();
        bus.Consumer<SupervisorDbContext, StopSessionConsumer>();
        bus.Consumer<SupervisorDbContext, NudgeSessionConsumer>();
        bus.Consumer<SupervisorDbContext, WorkOverConsumer>();
        bus.Consumer<SupervisorDbContext, RigFactsConsumer>();
        bus.Consumer<SupervisorDbContext, AgentRetiredConsumer>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        ReadSessions.Map(routes);
        ReadOutput.Map(routes);
        EndSession.Map(routes);
        NudgeSessions.Map(routes);
        ControlNode.Map(routes);
    }
}
