using System.Diagnostics;
using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.MessagingTests;

/// <summary>kill -9 of real processes at random moments; effects are counted from outside and must be exactly once.</summary>
public sealed class CrashTests
{
    const int Events = 400;
    static readonly int[] Expected = [.. Enumerable.Range(0, Events)];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BusTransport.InProcess, DatabaseProvider.Sqlite)]
    [InlineData(BusTransport.InProcess, DatabaseProvider.Postgres)]
    [InlineData(BusTransport.RabbitMq, DatabaseProvider.Sqlite)]
    [InlineData(BusTransport.RabbitMq, DatabaseProvider.Postgres)]
    public async Task Killed_processes_lose_nothing_and_do_nothing_twice(BusTransport transport, DatabaseProvider database)
    {
        await using var town = await Town.CreateAsync(transport, database);
        using var observer = TownHost.Build(town.Settings, []);
        // In process one process is the town; with a broker the producer and the consumers die separately.
        string[] roles = transport == BusTransport.InProcess ? ["alpha,beta,gamma"] : ["alpha", "beta,gamma"];
        var running = roles.Select(modules => Start(town, modules)).ToList();
        try
        {
            for (var kill = 1; kill <= 4; kill++)
            {
                // Somewhere in the next stretch of the work, not at its seams.
                var goal = Events * kill / 6 + Random.Shared.Next(Events / 12);
                await Counts.ReachAsync(observer, "alpha", "produced", goal, Ct);
                var victim = Random.Shared.Next(running.Count);
                running[victim].Kill(entireProcessTree: true);
                await running[victim].WaitForExitAsync(Ct);
                running[victim] = Start(town, roles[victim]);
            }
            foreach (var (module, by) in new[] { ("alpha", "produced"), ("beta", "beta-ping"), ("gamma", "gamma-ping"), ("alpha", "alpha-pong") })
            {
                await Counts.ReachAsync(observer, module, by, Events, Ct);
                Assert.Equal(Expected, await Counts.OfAsync(observer, module, by, Ct));
            }
        }
        finally
        {
            foreach (var process in running)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                process.Dispose();
            }
        }
    }

    static Process Start(Town town, string modules)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "ClaudeManage.CrashHost.dll"), "--modules", modules, "--produce", modules.Contains("alpha", StringComparison.Ordinal) ? $"{Events}" : "0" },
            RedirectStandardInput = true,
        };
        foreach (var (key, value) in town.Settings) start.Environment["TOWN_" + key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return Process.Start(start)!;
    }
}
