using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>
/// Watches the deacon, and by other means than the deacon's: a timer of this process, no due row and no consumer. A deacon that is late is started anew;
/// one that is still late at the next look is an incident, written and told without the bus.
/// </summary>
sealed class Boot(IServiceScopeFactory scopes, RoleBeats beats, IOptions<HealthOptions> options, TimeProvider clock, ILogger<Boot> log) : BackgroundService
{
    /// <summary>Its patrol's name.</summary>
    public const string Name = "boot";

    const string Cause = "boot:deacon";
    static readonly Caller Self = Caller.System("health") with { Actor = Name };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.DeaconSeconds == 0) return;
        var every = TimeSpan.FromSeconds(options.Value.BootSeconds);
        for (var first = true; !stoppingToken.IsCancellationRequested; first = false)
        {
            try { await (first ? BeginAsync(stoppingToken) : LookAsync(stoppingToken)); }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e) { log.LogError(e, "The boot could not look at the deacon; again in {Seconds} s", every.TotalSeconds); }
            beats.Beat("health", Name, every);
            await Task.Delay(every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task BeginAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<Deacon>().BeginAsync(ct);
    }

    /// <summary>One look.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, desk, patrols) = (scope.ServiceProvider.GetRequiredService<HealthDbContext>(), scope.ServiceProvider.GetRequiredService<IncidentDesk>(), scope.ServiceProvider.GetRequiredService<PatrolLog>());
        var stuck = await db.TransactAsync(async token =>
        {
            var began = patrols.Begin();
            var now = clock.Now();
            var deacon = await db.Patrols.AsNoTracking().SingleOrDefaultAsync(p => p.Name == Deacon.Name, token);
            var late = deacon?.DueAt is not { } due || due.AddSeconds(options.Value.LateAfterSeconds) < now;
            var before = await db.Patrols.AsNoTracking().SingleOrDefaultAsync(p => p.Name == Name, token);
            var why = deacon is null ? "it has never come round" : $"its last round was at {deacon.LastAt:u}, the next was due at {deacon.DueAt:u}";
            if (late && before?.Findings.Count > 0)
                await desk.RaiseAsync(new(Cause, Severity.Critical, Name, "The deacon is stuck: nobody watches the services", $"It was started anew and does not come round: {why}.",
                    ["See what holds it: cm dead-letters list --service health, and the log of health", "Start the service health again; it loses nothing"], null, null, null), Self, token);
            if (!late && await db.Incidents.SingleOrDefaultAsync(i => i.Cause == Cause && i.State != Escalation.Closed, token) is { } open)
                await desk.MoveAsync(open, IncidentMove.Close, Self, token);
            await patrols.EndAsync(began, Name, [Deacon.Name], [], late ? [$"the deacon is late: {why}"] : [], now.AddSeconds(options.Value.BootSeconds), token);
            return late;
        }, ct);
        if (!stuck) return;
        log.LogWarning("The deacon is late and is started anew");
        await scope.ServiceProvider.GetRequiredService<Deacon>().BeginAsync(ct);
    }
}
