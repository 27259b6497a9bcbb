using ClaudeManage.Hook;
using ClaudeManage.ServiceDefaults.Hosting;

return await ServiceHost.RunAsync(args, new HookModule());
