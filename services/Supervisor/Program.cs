using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor;

return await ServiceHost.RunAsync(args, new SupervisorModule());
