using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;

namespace ClaudeManage.Workflow;

/// <summary>
/// The place of formulas, molecules and wisps. It has its database and its place in every list, and serves and consumes
/// nothing yet; the README says so.
/// </summary>
public sealed class WorkflowModule : IModule
{
    /// <inheritdoc />
    public string Name => "workflow";

    /// <inheritdoc />
    public Type DbContext => typeof(WorkflowDbContext);

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder) =>
        builder.AddModuleDbContext<WorkflowDbContext, SqliteWorkflowDbContext, PostgresWorkflowDbContext>(Name);

    /// <inheritdoc />
    public void AddMessaging(IModuleBus bus) { }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes) { }
}
