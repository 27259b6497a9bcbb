using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.MessagingTests;

/// <summary>Several processes of one module: PostgreSQL and RabbitMQ.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    Town _town = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _town = await Town.CreateAsync(BusTransport.RabbitMq, DatabaseProvider.Postgres);

    public async ValueTask DisposeAsync()
    {
        if (_town is not null) await _town.DisposeAsync();
    }

    [Fact]
    public async Task Two_replicas_share_the_work_and_do_nothing_twice()
    {
        IHost[] replicas = [await _town.StartAsync(), await _town.StartAsync()];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var n = writer; n < 200; n += 8) await PublishAsync(replicas[n % 2], new Ping(n));
        }));
        await _town.AssertEffectsAsync("beta-ping", Enumerable.Range(0, 200));
        await _town.AssertEffectsAsync("gamma-ping", Enumerable.Range(0, 200));
        await _town.AssertEffectsAsync("alpha-pong", Enumerable.Range(0, 200));
    }

    /// <summary>The sweep would come after 60 s, the test's patience ends before.</summary>
    [Fact]
    public async Task A_commit_wakes_the_relay_of_another_replica_also_after_its_connection_was_cut()
    {
        await _town.StartAsync();
        // Commits, but never started: its own relay does not run.
        using var silent = TownHost.Build(_town.Settings, clock: _town.Clock);
        await PublishAsync(silent, new Numbered(1));
        await _town.EffectsReachAsync("gamma-numbered", 1);

        await PublishAsync(silent, new Numbered(2), _town.Clock.GetUtcNow().AddMinutes(10));
        await _town.QuietAsync();
        _town.Clock.Advance(TimeSpan.FromMinutes(10));
        await _town.EffectsReachAsync("gamma-numbered", 2);

        await _town.EventuallyAsync(async () => await CutListenersAsync() >= 1, "a listener to cut");
        await PublishAsync(silent, new Numbered(3));
        await _town.EffectsReachAsync("gamma-numbered", 3);
        await _town.EventuallyAsync(async () => await ListenersAsync() == 1, "listening again");
        await PublishAsync(silent, new Numbered(4));
        await _town.EffectsReachAsync("gamma-numbered", 4);
    }

    static async Task PublishAsync<T>(IHost host, T message, DateTimeOffset? dueAt = null) where T : class
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<AlphaDb>>();
        await db.TransactAsync(ct => dueAt is { } at ? outbox.ScheduleAsync(message, at, ct) : outbox.PublishAsync(message, ct), Ct);
    }

    const string Listening = "from pg_stat_activity where datname = current_database() and query = 'listen claudemanage_outbox'";

    Task<long> ListenersAsync() => ScalarAsync($"select count(*) {Listening}");
    Task<long> CutListenersAsync() => ScalarAsync($"select count(*) from (select pg_terminate_backend(pid) {Listening}) as cut");

    async Task<long> ScalarAsync(string sql) => (long)(await ServerTests.ScalarAsync(_town.Settings["ConnectionStrings:alpha"]!, sql))!;
}
