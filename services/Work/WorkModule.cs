using ClaudeManage.Git;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Consumers;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Features;
using ClaudeManage.Work.Features.Items;
using ClaudeManage.Work.Features.Outside;
using ClaudeManage.Work.Features.Rigs;
using ClaudeManage.Work.Features.Trail;
using ClaudeManage.Work.Features.Transfer;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ClaudeManage.Work;

/// <summary>The ledger: rigs, work items, what they wait for, and the trail of everything that happened.</summary>
public sealed class WorkModule : IModule
{
    /// <inheritdoc />
    public string Name => "work";

    /// <inheritdoc />
    public Type DbContext => typeof(WorkDbContext);

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddModuleDbContext<WorkDbContext, SqliteWorkDbContext, PostgresWorkDbContext>(Name);
        builder.AddValidatedOptions<WorkOptions>("Work");
        var services = builder.Services;
        services.AddGit();
        services.TryAddSingleton(IdSource.Random);
        services.AddSingleton<RepositoryCheck>();
        services.AddSingleton<TrailSignal>();
        services.AddScoped<ReadySet>();
        services.AddScoped<Ledger>();
        services.AddScoped<Dependencies>();
        services.AddScoped<Rights>();
        services.AddScoped<NewIds>();
        services.AddScoped<ItemFactory>();
        services.AddScoped<ImportSurroundings>();
        services.AddScoped<ImportWriter>();
        services.AddSingleton<IngestSenders>();
        services.AddScoped<Intake>();
        services.AddScoped<Rejections>();
        services.AddScoped<GitHubIssues>();
        services.AddHostedService<WorkExchange>();
        services.AddHostedService<EventMirror>();
    }

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<WorkDbContext, TrailConsumer>();
        bus.Consumer<WorkDbContext, AssignmentFactsConsumer>();
        bus.Consumer<WorkDbContext, MergeFactsConsumer>();
        bus.Consumer<WorkDbContext, ConvoyFactsConsumer>();
        bus.Consumer<WorkDbContext, DeferralEndedConsumer>();
        bus.Consumer<WorkDbContext, PlannedWorkConsumer>();
        bus.Consumer<WorkDbContext, TellRigsConsumer>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        RegisterRig.Map(routes);
        ReadRigs.Map(routes);
        EditRig.Map(routes);
        ItemEndpoints.Map(routes);
        ReadTrail.Map(routes);
        VerifyTrail.Map(routes);
        ReplayTrail.Map(routes);
        Ingest.Map(routes);
        ExportTown.Map(routes);
        ImportTown.Map(routes);
    }
}
