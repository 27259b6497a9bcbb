using ClaudeManage.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ClaudeManage.Messaging;

/// <summary>
/// PostgreSQL behind a broker: another replica's commit wakes this one's relay, so that a message leaves at once even if
/// its own process died right after the commit; and whoever waits here for what was written there. One connection of its own per module; while it is down, the sweep stands in.
/// </summary>
sealed class OutboxListener<TDb>(string module, IServiceProvider services) : BackgroundService where TDb : ModuleDbContext
{
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    readonly RelaySignal<TDb> _signal = services.GetRequiredService<RelaySignal<TDb>>();
    readonly ReplicaNews<TDb> _news = services.GetRequiredService<ReplicaNews<TDb>>();
    readonly ILogger _log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Messaging.Listener." + module);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (services.GetRequiredService<IOptions<DatabaseOptions>>().Value.Provider != DatabaseProvider.Postgres) return;
        var connectionString = new NpgsqlConnectionStringBuilder(services.GetRequiredService<IConfiguration>().GetConnectionString(module))
        {
            Pooling = false,
            // Else a connection cut without a word would never be noticed: nothing is ever sent on it.
            KeepAlive = 60,
            TcpKeepAlive = true,
        }.ToString();
        var wait = TimeSpan.FromSeconds(1);
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                connection.Notification += (_, notice) => Heard(notice);
                await connection.OpenAsync(stoppingToken);
                await using (var listen = new NpgsqlCommand($"listen {ReplicaNews<TDb>.Channel}", connection)) await listen.ExecuteNonQueryAsync(stoppingToken);
                await using (var listen = new NpgsqlCommand($"listen {OutboxNotice.Channel}", connection)) await listen.ExecuteNonQueryAsync(stoppingToken);
                // What was said while nobody listened.
                _signal.Sweep();
                _signal.Pulse();
                _news.MayHaveMissed();
                wait = TimeSpan.FromSeconds(1);
                while (true) await connection.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                _log.LogWarning("Outbox of {Module}: not listening ({Error}), again in {Wait}", module, e.Message, wait);
                await Task.Delay(wait, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
                wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
            }
        }
    }

    void Heard(NpgsqlNotificationEventArgs notice)
    {
        if (notice.Channel == OutboxNotice.Channel) _signal.Heard(notice.Payload);
        else _news.Heard(notice.Payload);
    }
}

/// <summary>What a commit says to the other replicas: who it was, and whether the row is for now or for later.</summary>
static class OutboxNotice
{
    public const string Channel = "claudemanage_outbox";
    const string Later = "/later";

    public static string Of(Guid sender, OutboxRow row) => $"{sender:N}{(row.DueAt == OutboxRow.AtOnce ? "/now" : Later)}";
    public static bool IsFrom(string payload, Guid sender) => payload.StartsWith($"{sender:N}", StringComparison.Ordinal);
    public static bool IsLater(string payload) => payload.EndsWith(Later, StringComparison.Ordinal);
}
