using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.MessagingTests;

/// <summary>One test town: its databases, its virtual host, and the process-like hosts started on them.</summary>
public sealed class Town : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly ScratchDirectory _scratch = new("town");
    readonly List<IAsyncDisposable> _servers = [];
    readonly Dictionary<string, string?> _settings = [];
    readonly List<IHost> _hosts = [];

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero));
    public Faults Faults { get; } = new();
    public IReadOnlyDictionary<string, string?> Settings => _settings;
    public BusTransport Transport { get; private init; }
    public DatabaseProvider Database { get; private init; }
    public IServiceProvider Services => _hosts[^1].Services;

    public static async Task<Town> CreateAsync(BusTransport transport, DatabaseProvider database)
    {
        var ct = TestContext.Current.CancellationToken;
        var town = new Town { Transport = transport, Database = database };
        town._settings["Database:Provider"] = database.ToString();
        town._settings["Database:Directory"] = town._scratch.Path;
        town._settings["Bus:Transport"] = transport.ToString();
        if (database == DatabaseProvider.Postgres)
        {
            foreach (var module in TownHost.All)
            {
                var server = await PostgresDatabase.CreateAsync(ct);
                town._servers.Add(server);
                // Many small pools against one server: keep them small.
                town._settings[$"ConnectionStrings:{module}"] = server.ConnectionString + ";Maximum Pool Size=12";
            }
        }
        if (transport == BusTransport.RabbitMq)
        {
            var vhost = await RabbitVhost.CreateAsync(ct);
            town._servers.Add(vhost);
            town._settings["ConnectionStrings:rabbitmq"] = vhost.Uri.ToString();
        }
        using var host = TownHost.Build(town._settings);
        await TownHost.CreateDatabasesAsync(host.Services, ct);
        return town;
    }

    public async Task<IHost> StartAsync(IReadOnlyCollection<string>? modules = null)
    {
        var host = TownHost.Build(_settings, modules, Clock, Faults);
        await host.StartAsync(TestContext.Current.CancellationToken);
        _hosts.Add(host);
        return host;
    }

    public async Task StopAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
        }
        _hosts.Clear();
    }

    /// <summary>A use case of a module outside any consumer: one scope, one transaction.</summary>
    public async Task TransactAsync<TDb>(Func<TDb, IOutbox<TDb>, Task> work) where TDb : ModuleDbContext
    {
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        await db.TransactAsync(_ => work(db, scope.ServiceProvider.GetRequiredService<IOutbox<TDb>>()), TestContext.Current.CancellationToken);
    }

    public Task PublishAsync(params object[] messages) => TransactAsync<AlphaDb>(async (_, outbox) =>
    {
        foreach (var message in messages) await outbox.PublishAsync(message, TestContext.Current.CancellationToken);
    });

    public async Task<T> ReadAsync<TDb, T>(Func<TDb, Task<T>> read) where TDb : notnull
    {
        await using var scope = Services.CreateAsyncScope();
        return await read(scope.ServiceProvider.GetRequiredService<TDb>());
    }

    /// <summary>Effects by consumer, in the order in which they were committed.</summary>
    public async Task<List<Effect>> EffectsAsync(string by)
    {
        var ct = TestContext.Current.CancellationToken;
        Task<List<Effect>> Read(TownDb db) => db.Effects.AsNoTracking().Where(x => x.By == by).OrderBy(x => x.Id).ToListAsync(ct);
        return by.Split('-')[0] switch
        {
            "alpha" => await ReadAsync<AlphaDb, List<Effect>>(Read),
            "beta" => await ReadAsync<BetaDb, List<Effect>>(Read),
            _ => await ReadAsync<GammaDb, List<Effect>>(Read),
        };
    }

    public Task<JobState?> JobAsync(Guid id) => ReadAsync<AlphaDb, JobState?>(db =>
        db.Jobs.AsNoTracking().SingleOrDefaultAsync(x => x.CorrelationId == id, TestContext.Current.CancellationToken));

    public Task EventuallyAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(condition, Patience, what, TestContext.Current.CancellationToken);

    public Task EffectsReachAsync(string by, int count) =>
        EventuallyAsync(async () => (await EffectsAsync(by)).Count >= count, $"{count} effects of {by}");

    public async Task QuietAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        await MessagingIdle.WaitAsync(patience.Token, Services);
    }

    /// <summary>Exactly these numbers, each once.</summary>
    public async Task AssertEffectsAsync(string by, IEnumerable<int> expected)
    {
        var numbers = expected.ToList();
        await EffectsReachAsync(by, numbers.Count);
        await QuietAsync();
        Assert.Equal(numbers.Order(), (await EffectsAsync(by)).Select(x => x.N).Order());
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var server in _servers) await server.DisposeAsync();
        _scratch.Dispose();
    }
}
