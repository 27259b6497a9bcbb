using ClaudeManage.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>Where an endpoint's failed deliveries end up.</summary>
interface IFailedDeliveries
{
    /// <summary>Keeps a message nobody will try again by itself.</summary>
    Task GiveUpAsync(OutboxRow message, Exception why, CancellationToken ct);
}

/// <summary>
/// What becomes of a delivery that failed: a row of the module's own database, put off or given up. It insists: as long as the
/// database does not answer, the endpoint waits here with its message unacknowledged. Else an outage would turn every message
/// that came meanwhile into a dead letter.
/// </summary>
sealed class FailedDeliveries<TDb>(string module, string endpoint, IServiceProvider services) : IFailedDeliveries where TDb : ModuleDbContext
{
    static readonly TimeSpan[] Delays = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    readonly ILogger _log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Messaging.Failed");

    /// <summary>After the immediate retries.</summary>
    public async Task KeepAsync(ConsumeContext context, Exception why)
    {
        var ct = context.CancellationToken;
        var attempts = RowHeaders.AttemptsOf(context.ReceiveContext);
        var rows = services.GetRequiredService<OutboxRows>();
        if (attempts == Delays.Length)
        {
            await GiveUpAsync(rows.Again(context, endpoint, attempts, TimeSpan.Zero), why, ct);
            return;
        }
        _log.LogWarning(why, "{Endpoint} failed on {MessageId}; again in {Delay}", endpoint, context.MessageId, Delays[attempts]);
        await WriteAsync((db, _) =>
        {
            db.AddToOutbox(rows.Again(context, endpoint, attempts + 1, Delays[attempts]), services.GetRequiredService<RelaySignal<TDb>>());
            return Task.CompletedTask;
        }, ct);
    }

    public Task GiveUpAsync(OutboxRow message, Exception why, CancellationToken ct)
    {
        _log.LogError(why, "{Endpoint} gave up on {MessageId}", endpoint, message.MessageId);
        var letter = DeadLetters.Of(message, endpoint, why.ToString(), services.GetRequiredService<TimeProvider>().GetUtcNow());
        return WriteAsync(async (db, token) =>
        {
            // Killed between this commit and the acknowledgement, it comes, fails and ends here once more.
            if (await db.DeadLetters.AnyAsync(x => x.Queue == letter.Queue && x.MessageId == letter.MessageId, token)) return;
            db.AddDeadLetter(module, letter, services.GetRequiredService<Envelopes>(), services.GetRequiredService<RelaySignal<TDb>>());
        }, ct);
    }

    async Task WriteAsync(Func<TDb, CancellationToken, Task> write, CancellationToken ct)
    {
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        for (var wait = TimeSpan.FromSeconds(1); ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            try
            {
                await using var scope = services.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<TDb>();
                await db.TransactAsync(token => write(db, token), ct);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                _log.LogError("{Endpoint} waits for its database with a failed message in hand ({Error}), again in {Wait}", endpoint, e.Message, wait);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new OperationCanceledException("The process stops before its database answers.", e);
            }
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
            await Task.Delay(wait, either.Token);
        }
    }
}
