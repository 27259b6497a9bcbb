using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Persistence;

public static class PersistenceRegistration
{
    /// <summary>
    /// Registers the module's context, pooled. <typeparamref name="TDb"/> resolves to the class of the provider that
    /// <c>Database:Provider</c> names when the first scope asks, so a test may still change its mind.
    /// </summary>
    public static void AddModuleDbContext<TDb, TSqlite, TPostgres>(this IHostApplicationBuilder builder, string module)
        where TDb : ModuleDbContext where TSqlite : TDb where TPostgres : TDb
    {
        var services = builder.Services;
        services.AddOptions<DatabaseOptions>().BindConfiguration("Database");
        services.AddSingleton(new ModuleDatabase(module, typeof(TDb)));
        services.AddDbContextPool<TSqlite>((provider, options) => UseSqlite(options, provider.GetRequiredService<IOptions<DatabaseOptions>>().Value, module));
        services.AddDbContextPool<TPostgres>((provider, options) => UsePostgres(options, provider.GetRequiredService<IConfiguration>(), module));
        services.AddScoped<TDb>(provider => provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.Provider == DatabaseProvider.Sqlite
            ? provider.GetRequiredService<TSqlite>()
            : provider.GetRequiredService<TPostgres>());
    }

    /// <summary>
    /// Brings the database of every registered module up to date, all at once: building the models is most of a town's start,
    /// and each module has its own. See <see cref="ModuleMigrator"/>.
    /// </summary>
    public static Task MigrateModulesAsync(this IServiceProvider services, CancellationToken ct) =>
        Task.WhenAll(services.GetServices<ModuleDatabase>().Select(module => Task.Run(async () =>
        {
            await using var scope = services.CreateAsyncScope();
            await ModuleMigrator.MigrateAsync((ModuleDbContext)scope.ServiceProvider.GetRequiredService(module.DbContext), ct);
        }, ct)));

    static void UseSqlite(DbContextOptionsBuilder options, DatabaseOptions database, string module)
    {
        Directory.CreateDirectory(database.Directory);
        var connection = new SqliteConnectionStringBuilder
        {
            DataSource = Path.GetFullPath(Path.Combine(database.Directory, module + ".db")),
            // A shared cache turns BUSY into LOCKED, which busy_timeout does not cover.
            Cache = SqliteCacheMode.Private,
            DefaultTimeout = 30,
        };
        options.UseSqlite(connection.ToString()).AddInterceptors(new SqlitePragmas(database.Synchronous));
    }

    static void UsePostgres(DbContextOptionsBuilder options, IConfiguration configuration, string module) =>
        options.UseNpgsql(configuration.GetConnectionString(module)
            ?? throw new InvalidOperationException($"ConnectionStrings:{module} is missing; Database:Provider is Postgres."));
}

/// <summary>A module and the abstract context it works with.</summary>
public sealed record ModuleDatabase(string Module, Type DbContext);
