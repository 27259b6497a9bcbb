using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Running;

/// <summary>
/// At its start Convoy asks for the rigs if it knows none, or holds items of one that it does not know: their events may be from before it kept
/// copies. The answer comes as messages; nobody waits for it.
/// </summary>
sealed class RigCatchUp(IServiceScopeFactory scopes, TimeProvider clock, ILogger<RigCatchUp> log) : BackgroundService
{
    static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await AskAsync(stoppingToken);
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning(e, "Could not ask for the rigs; trying again");
                await Task.Delay(Again, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task AskAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, outbox) = (scope.ServiceProvider.GetRequiredService<ConvoyDbContext>(), scope.ServiceProvider.GetRequiredService<IOutbox<ConvoyDbContext>>());
        if (await db.Rigs.AnyAsync(ct) && !await db.Copies.AnyAsync(c => !db.Rigs.Any(r => r.Id == c.RigId), ct)) return;
        await db.TransactAsync(token => outbox.PublishAsync(new TellRigs(ConvoyRun.Self), token), ct);
    }
}
