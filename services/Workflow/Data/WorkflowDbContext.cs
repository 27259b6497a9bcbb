using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Data;

abstract class WorkflowDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    protected override void OnModuleModelCreating(ModelBuilder model) { }
}

sealed class SqliteWorkflowDbContext(DbContextOptions<SqliteWorkflowDbContext> options) : WorkflowDbContext(options);

sealed class PostgresWorkflowDbContext(DbContextOptions<PostgresWorkflowDbContext> options) : WorkflowDbContext(options);

sealed class SqliteWorkflowDesign : SqliteDesignTimeFactory<SqliteWorkflowDbContext>;

sealed class PostgresWorkflowDesign : PostgresDesignTimeFactory<PostgresWorkflowDbContext>;
