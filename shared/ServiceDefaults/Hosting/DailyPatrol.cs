using ClaudeManage.Contracts.Suite;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>What a patrol's round looked at, what it could not look at, and what it found and did.</summary>
public sealed record PatrolRound(IReadOnlyList<string> Looked, IReadOnlyList<string> Missed, IReadOnlyList<string> Findings);

/// <summary>
/// Comes round once a day in every replica, outside of any message handler. A round is told to Health (<c>GET /patrols</c>), a patrol that does
/// not come round is found by the deacon. Replicas do not wait for each other: a round finds what is left to do, and done twice it is done once.
/// </summary>
public abstract class DailyPatrol<TDb>(string module, string name, IServiceProvider services) : BackgroundService where TDb : ModuleDbContext
{
    // Soon after the start: a host that is restarted more often than daily would never come to it.
    static readonly TimeSpan First = TimeSpan.FromMinutes(10), Every = TimeSpan.FromDays(1), Again = TimeSpan.FromHours(1);

    readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    readonly RoleBeats _beats = services.GetRequiredService<RoleBeats>();
    readonly ILogger _log = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Patrol");

    /// <summary>Once over everything that may be due.</summary>
    protected abstract Task<PatrolRound> RoundAsync(CancellationToken ct);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _beats.Beat(module, name, First + Again);
        for (var wait = First; ;)
        {
            try
            {
                await Task.Delay(wait, _clock, stoppingToken);
                await ComeRoundAsync(stoppingToken);
                _beats.Beat(module, name, Every + Again);
                wait = Every;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                _log.LogWarning(e, "{Patrol} could not come round, again in an hour", name);
                wait = Again;
            }
        }
    }

    /// <summary>One round now, told to Health.</summary>
    public async Task<PatrolRound> ComeRoundAsync(CancellationToken ct)
    {
        var began = _clock.GetTimestamp();
        var round = await RoundAsync(ct);
        await using var scope = services.CreateAsyncScope();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<TDb>>();
        var now = _clock.Now();
        var report = new PatrolReport(name, now, _clock.GetElapsedTime(began).TotalSeconds, round.Looked, round.Missed, round.Findings, now + Every);
        await scope.ServiceProvider.GetRequiredService<TDb>().TransactAsync(token => outbox.PublishAsync(report, token), ct);
        return round;
    }
}
