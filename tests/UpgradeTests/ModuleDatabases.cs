using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Town;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.UpgradeTests;

/// <summary>One module of the town on an empty database of its own, with the host that would run it, not started.</summary>
sealed class ModuleDatabases : IAsyncDisposable
{
    readonly ScratchDirectory _scratch = new("upgrade");
    readonly PostgresDatabase? _server;
    readonly WebApplication _app;
    readonly AsyncServiceScope _scope;

    ModuleDatabases(string module, DatabaseProvider provider, PostgresDatabase? server)
    {
        _server = server;
        var settings = new Dictionary<string, string?>
        {
            ["DataDirectory"] = _scratch.Path,
            ["Database:Provider"] = provider.ToString(),
            ["Database:Directory"] = _scratch["db"],
            ["Bus:Transport"] = "InProcess",
            // Asking the model or the migrations connects to nothing.
            [$"ConnectionStrings:{module}"] = server?.ConnectionString ?? "Host=none.invalid",
        };
        _app = ServiceHost.CreateBuilder([], [Find(module)], c => c.AddInMemoryCollection(settings)).Build();
        _scope = _app.Services.CreateAsyncScope();
        Db = (ModuleDbContext)_scope.ServiceProvider.GetRequiredService(Find(module).DbContext);
    }

    /// <summary>The names of all modules, from the town's own list.</summary>
    public static IEnumerable<string> Modules => TownModules.All().Select(m => m.Name);

    public ModuleDbContext Db { get; }

    public static async Task<ModuleDatabases> CreateAsync(string module, DatabaseProvider provider, CancellationToken ct) =>
        new(module, provider, provider == DatabaseProvider.Postgres ? await PostgresDatabase.CreateAsync(ct) : null);

    /// <summary>The module's migrations, oldest first. Needs no database.</summary>
    public static async Task<IReadOnlyList<string>> MigrationsAsync(string module, DatabaseProvider provider)
    {
        await using var databases = new ModuleDatabases(module, provider, null);
        return [.. databases.Db.Database.GetMigrations()];
    }

    /// <summary>What a migration does, as SQL. Needs no database.</summary>
    public static async Task<string> ScriptAsync(string module, DatabaseProvider provider, string from, string to)
    {
        await using var databases = new ModuleDatabases(module, provider, null);
        return databases.Db.GetService<IMigrator>().GenerateScript(from, to);
    }

    /// <summary>To an earlier state, as a version of then left it.</summary>
    public Task MigrateToAsync(string migration, CancellationToken ct) => Db.GetService<IMigrator>().MigrateAsync(migration, ct);

    /// <summary>As the <c>migrate</c> verb and the town's start do it.</summary>
    public Task UpgradeAsync(CancellationToken ct) => _app.Services.MigrateModulesAsync(ct);

    static IModule Find(string module) => TownModules.All().Single(m => m.Name == module);

    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        await _app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        if (_server is not null) await _server.DisposeAsync();
        _scratch.Dispose();
    }
}
