using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Town;

/// <summary>Every service in one process, on SQLite, with nothing to install.</summary>
public static class TownHost
{
    /// <summary>
    /// Runs a town until it is stopped (SIGTERM, Ctrl-C or <paramref name="ct"/>): takes the data directory, brings the databases up to
    /// date, listens on loopback, writes <c>overseer.token</c> (0600), <c>town.url</c> and <c>town.pid</c>.
    /// </summary>
    /// <returns>0 after a clean stop; 1 when it could not start, with the reason on standard error.</returns>
    public static async Task<int> RunAsync(TownHostOptions options, CancellationToken ct, Func<Uri, Task>? listening = null)
    {
        try
        {
            using var directory = DataDirectoryLock.Take(options.Root);
            await using var app = Build(options);
            await app.Services.MigrateModulesAsync(ct);
            Map(app);
            await app.StartAsync(ct);
            var url = await app.Services.GetRequiredService<TownAddress>().GetAsync(ct);
            WriteOverseerToken(app.Services, options.Root);
            directory.Announce(url);
            Console.WriteLine($"listening on {url.ToString().TrimEnd('/')}");
            if (listening is not null) await listening(url);
            await app.WaitForShutdownAsync(ct);
            return 0;
        }
        catch (TownStartException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (Exception e) when (ConfigurationProblem.Of(e) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 1;
        }
        catch (IOException e) when (e.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
        {
            await Console.Error.WriteLineAsync($"Port {options.Port} is taken by another program. Choose one with --port, or --port 0 for any free one.");
            return 1;
        }
    }

    /// <summary>The host, built but neither migrated nor started.</summary>
    public static WebApplication Build(TownHostOptions options)
    {
        var settings = new Dictionary<string, string?>
        {
            ["DataDirectory"] = options.Root,
            ["Database:Provider"] = "Sqlite",
            ["Bus:Transport"] = "InProcess",
            ["urls"] = $"http://127.0.0.1:{options.Port}",
            ["Logging:LogLevel:Default"] = "Warning",
            ["Logging:LogLevel:ClaudeManage"] = "Information",
            ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
            ["Logging:LogLevel:MassTransit"] = "Warning",
            // What fails there is said once more, with its consequence, by whoever asked.
            ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "None",
        };
        foreach (var (key, value) in options.Settings ?? new Dictionary<string, string?>()) settings[key] = value;
        var builder = ServiceHost.CreateBuilder([], TownModules.All(), configuration => configuration.AddInMemoryCollection(settings));
        // What the agents run may take a while to end; the drain has its own, shorter, limits.
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(45));
        return builder.Build();
    }

    /// <summary>The pipeline with every module's endpoints and the town's own.</summary>
    public static void Map(WebApplication app)
    {
        app.MapModules();
        TokenEndpoints.Map(app);
    }

    static void WriteOverseerToken(IServiceProvider services, string root) => PrivateFile.Write(Path.Combine(root, "overseer.token"),
        services.GetRequiredService<TokenIssuer>().Issue("overseer", Roles.Overseer, TimeSpan.FromDays(365)) + "\n");
}
