using ClaudeManage.Git;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Consumers;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Features;
using ClaudeManage.Workflow.Running;
using ClaudeManage.Workflow.Sagas;

namespace ClaudeManage.Workflow;

/// <summary>Formulas, what is cooked of them, and the molecules and wisps that run.</summary>
public sealed class WorkflowModule : IModule
{
    /// <inheritdoc />
    public string Name => "workflow";

    /// <inheritdoc />
    public Type DbContext => typeof(WorkflowDbContext);

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddModuleDbContext<WorkflowDbContext, SqliteWorkflowDbContext, PostgresWorkflowDbContext>(Name);
        builder.AddValidatedOptions<WorkflowOptions>("Workflow");
        builder.Services.AddGit();
        builder.Services.AddSingleton<RigFormulas>();
        builder.Services.AddHostedService<RigCatchUp>();
        builder.Services.AddScoped<FormulaLibrary>();
        builder.Services.AddScoped<MoleculeRun>();
        builder.Services.AddScoped<Pourer>();
        builder.Services.AddScoped<Mover>();
        builder.Services.AddSingleton<Compaction>();
        builder.Services.AddHostedService<CompactionPatrol>();
    }

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<WorkflowDbContext, RigFactsConsumer>();
        bus.Consumer<WorkflowDbContext, AwaitedEventsConsumer>();
        bus.Consumer<WorkflowDbContext, DecisionsConsumer>();
        bus.Saga<WorkflowDbContext, WorkflowRunStateMachine, MoleculeRow>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        FormulaEndpoints.Map(routes);
        MoleculeEndpoints.Map(routes);
        GateEndpoints.Map(routes);
        GateCallbackEndpoint.Map(routes);
        CompactEndpoint.Map(routes);
    }
}
