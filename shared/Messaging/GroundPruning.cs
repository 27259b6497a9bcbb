using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Messaging;

/// <summary>
/// Forgets once an hour what has served its time: inbox rows after <see cref="BusOptions.InboxRetention"/>, stored answers
/// after a day. In small batches, so that no writer waits long for it.
/// </summary>
sealed class GroundPruning<TDb>(string module, IServiceProvider services) : BackgroundService where TDb : ModuleDbContext
{
    const int Batch = 500;
    static readonly TimeSpan First = TimeSpan.FromMinutes(5);
    static readonly TimeSpan Every = TimeSpan.FromHours(1);
    static readonly TimeSpan AnswersKept = TimeSpan.FromHours(24);

    readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    readonly TimeSpan _inboxKept = services.GetRequiredService<IOptions<BusOptions>>().Value.InboxRetention;
    readonly ILogger _log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Messaging.Pruning");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Soon after the start: a host that is restarted more often than hourly would never come to it.
        for (var wait = First; ; wait = Every)
        {
            try
            {
                await Task.Delay(wait, _clock, stoppingToken);
                await PruneAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e) { _log.LogWarning(e, "Old rows of {Module} not removed, again in an hour", module); }
        }
    }

    async Task PruneAsync(CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        var now = _clock.GetUtcNow();
        await InBatchesAsync(db, "delete from inbox where (message_id, consumer) in (select message_id, consumer from inbox where received_at < {0} order by received_at limit {1})", now - _inboxKept, ct);
        await InBatchesAsync(db, "delete from idempotency where key in (select key from idempotency where created_at < {0} order by created_at limit {1})", now - AnswersKept, ct);
    }

    static async Task InBatchesAsync(TDb db, string sql, DateTimeOffset before, CancellationToken ct)
    {
        object[] parameters = [OutboxReader.Instant(db, before), Batch];
        int gone;
        do
        {
            // The gate is left between batches: others are served in turn.
            using var pass = await db.EnterWriteGateAsync(ct, patient: true);
            gone = await db.Database.ExecuteSqlRawAsync(sql, parameters, ct);
        } while (gone == Batch);
    }
}
