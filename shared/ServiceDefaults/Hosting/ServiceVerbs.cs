using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>A service hosted alone: what it assumes when nothing is configured, and its verbs.</summary>
sealed class ServiceVerbs(IReadOnlyList<IModule> modules)
{
    static readonly TimeSpan MigratePatience = TimeSpan.FromSeconds(60);

    string Service => string.Join("+", modules.Select(m => m.Name));

    public async Task<int> RunAsync(string[] args)
    {
        var verb = args is [{ } first, ..] && !first.StartsWith('-') ? first : "run";
        var rest = args is [{ } named, ..] && named == verb ? args[1..] : args;
        try
        {
            return verb switch
            {
                "run" => await ServeAsync(rest),
                "migrate" => await MigrateAsync(rest),
                "healthcheck" => await HealthcheckVerb.RunAsync(rest),
                _ => await FailAsync($"There is no verb '{verb}'. It is `run` (default), `migrate` or `healthcheck`.", 2),
            };
        }
        catch (ServiceStartException e) { return await FailAsync(e.Message); }
        catch (Exception e) when (ConfigurationProblem.Of(e) is { } problem) { return await FailAsync(problem); }
        catch (IOException e) when (e.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
        {
            return await FailAsync($"{e.Message} Choose another with ASPNETCORE_URLS.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return await FailAsync(e.Message); }
    }

    async Task<int> ServeAsync(string[] args)
    {
        await using var app = Build(args);
        var conditions = new StartConditions(app.Configuration, modules);
        if (await WaitingRoom.WaitAsync(args, Service, ct => ReadyToStartAsync(app, conditions, ct), TimeProvider.System, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Start")))
        {
            app.MapModules();
            await app.RunAsync();
        }
        return Environment.ExitCode;
    }

    // A file of this machine has no other owner: nobody could bring it up to date before, and nobody else uses it meanwhile.
    static async Task<IReadOnlyList<Missing>> ReadyToStartAsync(WebApplication app, StartConditions conditions, CancellationToken ct)
    {
        if (app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value.Provider == DatabaseProvider.Sqlite) await app.Services.MigrateModulesAsync(ct);
        return await conditions.MissingAsync(app.Services, ct);
    }

    async Task<int> MigrateAsync(string[] args)
    {
        await using var app = Build(args, ("Bus:DeployTopologyOnly", "true"));
        using var stop = new CancellationTokenSource(MigratePatience);
        var conditions = new StartConditions(app.Configuration, modules);
        await UntilAsync(async () => await conditions.BrokerAsync(CancellationToken.None) is { } missing ? missing.Detail : null, stop.Token);
        await UntilAsync(async () =>
        {
            try
            {
                await app.Services.MigrateModulesAsync(CancellationToken.None);
                return null;
            }
            catch (Npgsql.NpgsqlException e) when (e is not Npgsql.PostgresException { SqlState: not "57P03" }) { return $"The database of {Service} cannot be used: {e.Message}"; }
            catch (Npgsql.PostgresException e) { throw new ServiceStartException($"The database of {Service} cannot be brought up to date: {e.MessageText} ({e.SqlState})"); }
        }, stop.Token);
        if (app.Services.GetRequiredService<IOptions<BusOptions>>().Value.Transport == BusTransport.RabbitMq) await app.Services.DeployTopologyAsync(stop.Token);
        Console.WriteLine($"{Service}: database and queues are up to date");
        return 0;
    }

    static async Task UntilAsync(Func<Task<string?>> attempt, CancellationToken patience)
    {
        string? said = null;
        while (await attempt() is { } trouble)
        {
            if (patience.IsCancellationRequested) throw new ServiceStartException($"Given up after {MigratePatience.TotalSeconds:0} s. {trouble}");
            if (trouble != said) await Console.Error.WriteLineAsync($"waiting: {trouble}");
            said = trouble;
            await Task.Delay(TimeSpan.FromSeconds(1), patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    WebApplication Build(string[] args, params (string Key, string Value)[] settings)
    {
        var builder = ServiceHost.CreateBuilder(args, modules, configuration =>
        {
            // Weaker than everything a person configures.
            configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults() });
            configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
            new StartConditions((IConfiguration)configuration, modules).RequireConfigured();
        });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(c =>
        {
            c.SingleLine = true;
            c.TimestampFormat = "HH:mm:ss ";
        });
        // With a broker that went away meanwhile the service is up and says that it is not ready, instead of not being there.
        if (builder.Configuration.GetValue<BusTransport>("Bus:Transport") == BusTransport.RabbitMq) builder.Services.StartWithoutBroker();
        return builder.Build();
    }

    Dictionary<string, string?> Defaults() => new()
    {
        ["Database:Provider"] = modules[0].DatabaseAlone.ToString(),
        ["Bus:Transport"] = nameof(BusTransport.RabbitMq),
        ["Logging:LogLevel:Default"] = "Warning",
        ["Logging:LogLevel:ClaudeManage"] = "Information",
        // It says that it tries again for as long as it has to; readiness says it too.
        ["Logging:LogLevel:MassTransit"] = "Error",
        ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "None",
        // Who asks for readiness is told; a log line for each question says no more.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",
    };

    static async Task<int> FailAsync(string message, int code = 1)
    {
        await Console.Error.WriteLineAsync(message);
        return code;
    }
}
