using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.CrashHost;

/// <summary>Three small modules that exercise everything the bus promises; hosted by the tests and, to be killed, by this program.</summary>
public static class TownHost
{
    public static readonly string[] All = ["alpha", "beta", "gamma"];

    public static IHost Build(IReadOnlyDictionary<string, string?> settings, IReadOnlyCollection<string>? modules = null, TimeProvider? clock = null, Faults? faults = null)
    {
        modules ??= All;
        // No reload: a watched content root would cost more than the messages.
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Critical).AddFilter("MassTransit", LogLevel.Critical)
            .AddFilter("ClaudeManage.Messaging", (settings.GetValueOrDefault("Log") ?? Environment.GetEnvironmentVariable("TOWN_LOG")) is { } level ? Enum.Parse<LogLevel>(level) : LogLevel.Critical);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddSingleton(faults ?? new Faults());
        builder.AddModuleDbContext<AlphaDb, SqliteAlphaDb, PostgresAlphaDb>("alpha");
        builder.AddModuleDbContext<BetaDb, SqliteBetaDb, PostgresBetaDb>("beta");
        builder.AddModuleDbContext<GammaDb, SqliteGammaDb, PostgresGammaDb>("gamma");
        var registrations = new MessagingModule[]
        {
            new("alpha", typeof(AlphaDb), bus =>
            {
                bus.Consumer<AlphaDb, Alpha.PongConsumer>();
                bus.Consumer<AlphaDb, Alpha.TickConsumer>();
                bus.Saga<AlphaDb, Alpha.JobMachine, JobState>();
            }),
            new("beta", typeof(BetaDb), bus =>
            {
                bus.Consumer<BetaDb, Beta.PingConsumer>();
                bus.Consumer<BetaDb, Beta.TickConsumer>();
                bus.Consumer<BetaDb, Beta.PoisonConsumer>();
                bus.Consumer<BetaDb, Beta.FlakyConsumer>();
            }),
            new("gamma", typeof(GammaDb), bus =>
            {
                bus.Consumer<GammaDb, Gamma.PingConsumer>();
                bus.Consumer<GammaDb, Gamma.TickConsumer>();
                bus.Consumer<GammaDb, Gamma.NumberedConsumer>();
                if (settings.GetValueOrDefault("Trail") != "off") bus.Consumer<GammaDb, Gamma.TrailConsumer>();
            }),
        };
        builder.AddModuleMessaging([.. registrations.Where(x => modules.Contains(x.Name))]);
        return builder.Build();
    }

    /// <summary>The test town has no migrations.</summary>
    public static async Task CreateDatabasesAsync(IServiceProvider services, CancellationToken ct)
    {
        foreach (var module in services.GetServices<ModuleDatabase>())
        {
            await using var scope = services.CreateAsyncScope();
            var db = (ModuleDbContext)scope.ServiceProvider.GetRequiredService(module.DbContext);
            if (db.IsSqlite()) await db.Database.EnsureCreatedAsync(ct);
            else await db.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(ct);
        }
    }
}
