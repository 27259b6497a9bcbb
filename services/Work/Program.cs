using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work;

return await ServiceHost.RunAsync(args, new WorkModule());
