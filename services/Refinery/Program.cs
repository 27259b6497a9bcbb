using ClaudeManage.Refinery;
using ClaudeManage.ServiceDefaults.Hosting;

return await ServiceHost.RunAsync(args, new RefineryModule());
