using ClaudeManage.Health;
using ClaudeManage.ServiceDefaults.Hosting;

return await ServiceHost.RunAsync(args, new HealthModule());
