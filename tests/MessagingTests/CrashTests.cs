using System.Diagnostics;
using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.Tests.Servers;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.MessagingTests;

/// <summary>kill -9 of real processes at random moments; effects are counted from outside and must be exactly once.</summary>
public sealed class CrashTests
{
    const int Events = 400;

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
        using var processes = new CrashProcesses(town, Events, transport == BusTransport.InProcess ? ["alpha,beta,gamma"] : ["alpha", "beta,gamma"]);
        for (var kill = 1; kill <= 4; kill++)
        {
            // Somewhere in the next stretch of the work, not at its seams.
            await Counts.ReachAsync(observer, "alpha", "produced", Events * kill / 6 + Random.Shared.Next(Events / 12), Ct);
            await processes.KillOneAsync(Ct);
        }
        await CrashProcesses.AssertAllOnceAsync(observer, Events, Ct);
    }
}

/// <summary>The broker dies by SIGKILL in the middle of the load and comes back, twice.</summary>
[Collection(nameof(TakesServersDown))]
public sealed class BrokerCrashTests
{
    const int Events = 400;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseProvider.Sqlite)]
    [InlineData(DatabaseProvider.Postgres)]
    public async Task A_killed_broker_loses_nothing_and_nothing_is_done_twice(DatabaseProvider database)
    {
        var broker = TestServers.RequireRabbitMqControl();
        await using var town = await Town.CreateAsync(BusTransport.RabbitMq, database);
        using var observer = TownHost.Build(town.Settings, []);
        using var processes = new CrashProcesses(town, Events, ["alpha", "beta,gamma"]);
        for (var kill = 1; kill <= 2; kill++)
        {
            await Counts.ReachAsync(observer, "beta", "beta-ping", Events * kill / 4 + Random.Shared.Next(Events / 8), Ct);
            try { await broker.KillAsync(Ct); }
            finally { await broker.StartAsync(CancellationToken.None); }
        }
        await CrashProcesses.AssertAllOnceAsync(observer, Events, Ct);
    }
}

/// <summary>Real processes of a test town, one per role; alpha's produces.</summary>
sealed class CrashProcesses : IDisposable
{
    readonly Town _town;
    readonly int _events;
    readonly string[] _roles;
    readonly Process[] _running;

    public CrashProcesses(Town town, int events, string[] roles)
    {
        (_town, _events, _roles) = (town, events, roles);
        _running = [.. roles.Select(Start)];
    }

    /// <summary>SIGKILL to any of them; it starts again at once.</summary>
    public async Task KillOneAsync(CancellationToken ct)
    {
        var victim = Random.Shared.Next(_running.Length);
        _running[victim].Kill(entireProcessTree: true);
        await _running[victim].WaitForExitAsync(ct);
        _running[victim].Dispose();
        _running[victim] = Start(_roles[victim]);
    }

    public static async Task AssertAllOnceAsync(IHost observer, int events, CancellationToken ct)
    {
        foreach (var (module, by) in new[] { ("alpha", "produced"), ("beta", "beta-ping"), ("gamma", "gamma-ping"), ("alpha", "alpha-pong") })
        {
            await Counts.ReachAsync(observer, module, by, events, ct);
            Assert.Equal(Enumerable.Range(0, events), await Counts.OfAsync(observer, module, by, ct));
        }
    }

    Process Start(string modules)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "ClaudeManage.CrashHost.dll"), "--modules", modules, "--produce", modules.Contains("alpha", StringComparison.Ordinal) ? $"{_events}" : "0" },
            RedirectStandardInput = true,
        };
        foreach (var (key, value) in _town.Settings) start.Environment["TOWN_" + key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return Process.Start(start)!;
    }

    public void Dispose()
    {
        foreach (var process in _running)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }
}
