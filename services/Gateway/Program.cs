using ClaudeManage.Gateway;

return await GatewayHost.RunAsync(args);
