using System.Data.Common;
using System.Net.Http.Headers;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Tests.Hosting;

/// <summary>
/// Real modules on a real host: Kestrel on a free loopback port, SQLite files in a directory of its own (or the PostgreSQL databases
/// named in <c>settings</c>), the in-process bus, and a probe that sees every event and command the modules publish.
/// </summary>
public sealed class ModuleTestHost : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly bool _ownsDirectory;

    ModuleTestHost(WebApplication app, string directory, bool ownsDirectory, Uri address)
    {
        _app = app;
        Directory = directory;
        _ownsDirectory = ownsDirectory;
        Address = address;
    }

    /// <summary>The data directory.</summary>
    public string Directory { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The container.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Everything published so far: events and the commands between services.</summary>
    public Probe Probe => Services.GetRequiredService<Probe>();

    /// <summary>Starts the modules. Give <paramref name="directory"/> to start again on what an earlier host left behind.</summary>
    public static async Task<ModuleTestHost> StartAsync(
        IReadOnlyList<IModule> modules, TimeProvider? clock = null, IReadOnlyDictionary<string, string?>? settings = null, string? directory = null,
        Action<IServiceCollection>? services = null)
    {
        var root = directory ?? System.IO.Directory.CreateTempSubdirectory("cm-test-").FullName;
        var values = new Dictionary<string, string?>
        {
            ["DataDirectory"] = root,
            ["Database:Provider"] = "Sqlite",
            ["Bus:Transport"] = "InProcess",
            ["urls"] = "http://127.0.0.1:0",
            ["Pulse:Seconds"] = "0",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) values[key] = value;
        var builder = ServiceHost.CreateBuilder([], [.. modules, new ProbeModule()], c => c.AddInMemoryCollection(values));
        builder.Logging.ClearProviders().AddSimpleConsole(c => c.SingleLine = true);
        if (clock is not null) builder.Services.Replace(ServiceDescriptor.Singleton(clock));
        services?.Invoke(builder.Services);
        var app = builder.Build();
        await app.Services.MigrateModulesAsync(CancellationToken.None);
        // The probe has the ground's tables only and no migrations: there is nothing to upgrade in a test.
        await using (var scope = app.Services.CreateAsyncScope()) await CreateTablesAsync(scope.ServiceProvider.GetRequiredService<ProbeDbContext>());
        app.MapModules();
        await app.StartAsync();
        return new ModuleTestHost(app, root, directory is null, await app.Services.GetRequiredService<TownAddress>().GetAsync(CancellationToken.None));
    }

    // EnsureCreated makes no table in a database that has one, and on PostgreSQL the migrator leaves its history table.
    static async Task CreateTablesAsync(ProbeDbContext db)
    {
        if (await db.Database.EnsureCreatedAsync()) return;
        try { await db.Outbox.AnyAsync(); }
        catch (DbException) { await db.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(); }
    }

    /// <summary>A client with a token for somebody; the overseer unless said otherwise.</summary>
    public HttpClient Client(string actor = "overseer", string role = Roles.Overseer, Guid? assignmentId = null, long? fence = null, params string[] rigs)
    {
        var token = Services.GetRequiredService<TokenIssuer>().Issue(actor, role, TimeSpan.FromDays(3650), rigs, assignmentId, fence);
        return new HttpClient { BaseAddress = Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
    }

    /// <summary>Publishes what a neighbour would publish.</summary>
    /// <param name="rewrite">Changes the envelope's text, as a neighbour of another version would have written it.</param>
    public async Task PublishAsync<T>(T message, CancellationToken ct, Func<string, string>? rewrite = null) where T : class
    {
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ProbeDbContext>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<ProbeDbContext>>();
        await db.TransactAsync(async token =>
        {
            await outbox.PublishAsync(message, token);
            if (rewrite is null) return;
            foreach (var row in db.ChangeTracker.Entries<OutboxRow>()) row.Entity.Body = rewrite(row.Entity.Body);
        }, ct);
    }

    /// <summary>Does something in a scope of the host's container.</summary>
    public async Task<T> UseAsync<TService, T>(Func<TService, Task<T>> use) where TService : notnull
    {
        await using var scope = Services.CreateAsyncScope();
        return await use(scope.ServiceProvider.GetRequiredService<TService>());
    }

    /// <summary>Waits until every outbox is empty of what is due and every consumer is idle, here and at others on the same broker.</summary>
    public Task IdleAsync(CancellationToken ct, params IEnumerable<ModuleTestHost> others) => MessagingIdle.WaitAsync(ct, [Services, .. others.Select(o => o.Services)]);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try { await _app.StopAsync(); }
        finally { await _app.DisposeAsync(); }
        if (_ownsDirectory && Environment.GetEnvironmentVariable("CM_KEEP") != "1") System.IO.Directory.Delete(Directory, recursive: true);
    }
}
