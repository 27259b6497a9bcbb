using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>
/// At its start a service asks for the rigs where its copies lack something: their events may be from before it kept it. The answer comes as
/// messages (<see cref="RigTold"/>); nobody waits for it.
/// </summary>
/// <param name="self">Who asks.</param>
public abstract class RigCatchUp<TDb>(IServiceScopeFactory scopes, TimeProvider clock, ILogger log, string self) : BackgroundService where TDb : ModuleDbContext
{
    static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    /// <summary>Whether anything is missing.</summary>
    protected abstract Task<bool> LacksAsync(TDb db, CancellationToken ct);

    /// <inheritdoc />
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
        var (db, outbox) = (scope.ServiceProvider.GetRequiredService<TDb>(), scope.ServiceProvider.GetRequiredService<IOutbox<TDb>>());
        if (await LacksAsync(db, ct)) await db.TransactAsync(token => outbox.PublishAsync(new TellRigs(self), token), ct);
    }
}
