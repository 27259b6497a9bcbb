using ClaudeManage.Convoy;
using ClaudeManage.ServiceDefaults.Hosting;

return await ServiceHost.RunAsync(args, new ConvoyModule());
