using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>Pulsed when a notice is to leave.</summary>
sealed class NoticeSignal
{
    public Wakeup News { get; } = new();
}

/// <summary>
/// Sends what waits to leave the town, outside of any message handler: a slow or dead receiver holds up nothing but its own notices. At least
/// once: the receiver may see one twice, under the same id.
/// </summary>
sealed class NoticeService(IServiceScopeFactory scopes, NoticeSender sender, DecisionLinks links, NoticeSignal signal, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<NoticeService> log) : BackgroundService
{
    /// <summary>After so many tries it is given up.</summary>
    public const int MaxAttempts = 8;

    static readonly Caller Self = Caller.System("health");
    static readonly TimeSpan Claimed = TimeSpan.FromSeconds(60);
    static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);
    static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);
    static readonly TimeSpan WithOthers = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var mark = signal.News.Next;
            try
            {
                var next = await PassAsync(stoppingToken);
                // A replica may die with what it had taken; alone on its database, nobody else writes there.
                var longest = database.Value.Provider == DatabaseProvider.Sqlite ? Timeout.InfiniteTimeSpan : WithOthers;
                var wait = next is { } at && at - clock.GetUtcNow() is var due && (longest == Timeout.InfiniteTimeSpan || due < longest) ? due : longest;
                if (wait == Timeout.InfiniteTimeSpan || wait > TimeSpan.Zero) await Wakeup.WaitAsync(mark, wait, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                log.LogError(e, "Notices could not be read; trying again");
                await Task.Delay(FirstWait, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Sends what is due, one after the other. Returns when the next is due; null when none waits.</summary>
    async Task<DateTimeOffset?> PassAsync(CancellationToken ct)
    {
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<HealthDbContext>();
            var first = await db.Notices.AsNoTracking().Where(n => n.State == NoticeState.Waiting).OrderBy(n => n.NextAt).FirstOrDefaultAsync(ct);
            var now = clock.Now();
            if (first is null || first.NextAt > now) return first?.NextAt;
            var until = now + Claimed;
            if (await db.TransactAsync(token => db.Notices.Where(n => n.Id == first.Id && n.State == NoticeState.Waiting && n.NextAt == first.NextAt)
                .ExecuteUpdateAsync(n => n.SetProperty(x => x.NextAt, until), token), ct) == 0) continue;      // another replica was faster
            var (content, told) = await ReadAsync(db, first, ct);
            await SettleAsync(scope.ServiceProvider, first.Id, await sender.SendAsync(first, content, ct), told, ct);
        }
    }

    /// <summary>What a notice says, and the event that tells of it once it was told or given up.</summary>
    async Task<(NoticeContent Content, Func<NoticeRow, DateTimeOffset, object> Told)> ReadAsync(HealthDbContext db, NoticeRow notice, CancellationToken ct)
    {
        var channel = SnakeCase.Of(notice.Channel.ToString());
        var text = $"{notice.Subject}\n{notice.Body}";
        if (notice.DecisionId is { } decisionId)
        {
            var decision = await db.Decisions.AsNoTracking().SingleAsync(d => d.Id == decisionId, ct);
            return (links.Content(notice, decision), (row, now) => new DecisionTold(Self.Event(DecisionTold.Type, now, decision.WorkItemId, decision.RigId) with { WorkflowInstanceId = decision.MoleculeId },
                decision.Id, row.Id, channel, row.Attempts, row.Error));
        }
        if (notice is { ConvoyId: { } convoyId, About: { } about })
            return (new(notice.Body, new { text, id = notice.Id, eventType = about, convoyId }),
                (row, now) => new NoticeTold(Self.Event(NoticeTold.Type, now, convoyId: convoyId), row.Id, about, row.Attempts, row.Error));
        var incident = await db.Incidents.AsNoTracking().SingleAsync(i => i.Id == notice.IncidentId, ct);
        return (new(notice.Body, new { text, id = notice.Id, level = notice.Level, incident = incident.Snapshot() }),
            (row, now) => new EscalationTold(Self.Event(EscalationTold.Type, now, incident.WorkItemId, incident.RigId), row.IncidentId, row.Id, channel, row.Level, row.Attempts, row.Error));
    }

    async Task SettleAsync(IServiceProvider services, Guid id, string? error, Func<NoticeRow, DateTimeOffset, object> told, CancellationToken ct)
    {
        var (db, outbox) = (services.GetRequiredService<HealthDbContext>(), services.GetRequiredService<IOutbox<HealthDbContext>>());
        await db.TransactAsync(async token =>
        {
            var row = await db.Notices.SingleAsync(n => n.Id == id, token);
            var now = clock.Now();
            (row.Attempts, row.Error) = (row.Attempts + 1, error);
            if (error is not null && row.Attempts < MaxAttempts)
            {
                var wait = FirstWait * Math.Pow(3, row.Attempts - 1);
                row.NextAt = now + (wait < LongestWait ? wait : LongestWait);
                return;
            }
            if (row.State == NoticeState.Waiting) row.State = error is null ? NoticeState.Delivered : NoticeState.Failed;
            row.EndedAt = now;
            if (error is not null) log.LogWarning("{Subject} could not be told by {Channel}: {Error}", row.Subject, row.Channel, error);
            await outbox.PublishAsync(told(row, now), token);
        }, ct);
    }
}
