using ClaudeManage.Town;

return await TownHost.RunAsync(TownHostOptions.FromArguments(args), CancellationToken.None);
