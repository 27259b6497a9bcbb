using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow;

return await ServiceHost.RunAsync(args, new WorkflowModule());
