using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>Due-time message: the deacon's next round.</summary>
sealed record DeaconDue(Guid Chain);

/// <summary>
/// Watches the suite itself: a round at a due time over what services, nodes and witnesses last said. What it finds is an incident for as long as it
/// lasts; what it could not look at, it says.
/// </summary>
sealed class Deacon(HealthDbContext db, IncidentDesk desk, PatrolLog patrols, Retention retention, IOutbox<HealthDbContext> outbox, RoleBeats beats, IOptions<HealthOptions> options, TimeProvider clock)
{
    /// <summary>Its patrol's name.</summary>
    public const string Name = "deacon";

    /// <summary>A replica that is gone is forgotten after this, once another one speaks for its service.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    /// <summary>A round that hangs fails, and holds up nobody else who writes.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    static readonly Caller Self = Caller.System("health") with { Actor = Name };

    /// <summary>One round, and the due message of the next. A chain that was replaced does nothing.</summary>
    public async Task RoundAsync(Guid chain, CancellationToken ct)
    {
        if (await db.Patrols.FindAsync([Name], ct) is not { } row || row.Chain != chain) return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        ct = limit.Token;
        var began = patrols.Begin();
        var now = clock.Now();
        var view = await ViewAsync(now, ct);
        var o = options.Value;
        var report = DeaconRules.Look(view, new(TimeSpan.FromSeconds(o.LateAfterSeconds), TimeSpan.FromSeconds(o.OutboxLateSeconds), (long)o.DiskLowMegabytes << 20, o.BacklogMessages), now);
        foreach (var f in report.Findings) await desk.RaiseAsync(new(f.Cause, f.Severity, Name, f.What, f.Why, [f.Action], null, null, null), Self, ct);
        var causes = report.Findings.Select(f => f.Cause).ToHashSet();
        foreach (var over in await db.Incidents.Where(i => i.State != Escalation.Closed && i.Cause.StartsWith(DeaconRules.Prefix) && !causes.Contains(i.Cause)).ToListAsync(ct))
            await desk.MoveAsync(over, IncidentMove.Close, Self, ct);
        await retention.SweepAsync(ct);
        await patrols.EndAsync(began, Name, report.Looked, report.Missed, [.. report.Findings.Select(f => $"{f.What}: {f.Why}")], await NextAsync(row, ct), ct);
    }

    /// <summary>Begins the chain anew, so that exactly one is under way; the first round is due at once.</summary>
    public Task BeginAsync(CancellationToken ct) => db.TransactAsync(async token =>
    {
        await db.LockAsync(Name, token);
        var row = await db.Patrols.FindAsync([Name], token);
        if (row is null) db.Patrols.Add(row = new PatrolRow { Name = Name, LastAt = clock.Now() });
        await NextAsync(row, token, atOnce: true);
    }, ct);

    async Task<DateTimeOffset> NextAsync(PatrolRow row, CancellationToken ct, bool atOnce = false)
    {
        if (row.Chain is { } last) await outbox.CancelAsync(last, ct);
        var chain = Ids.Ordered(clock.Now());
        var at = clock.Now().AddSeconds(atOnce ? 0 : options.Value.DeaconSeconds);
        (row.Chain, row.DueAt) = (chain, at);
        await outbox.ScheduleAsync(new DeaconDue(chain), at, chain, ct);
        return at;
    }

    async Task<DeaconView> ViewAsync(DateTimeOffset now, CancellationToken ct)
    {
        var pulses = await db.Pulses.ToListAsync(ct);
        foreach (var gone in pulses.Where(p => p.HeardAt < now - Forgotten && pulses.Any(o => o.Service == p.Service && o.HeardAt > p.HeardAt)).ToList())
        {
            db.Pulses.Remove(gone);
            pulses.Remove(gone);
        }
        var nodes = await db.Nodes.AsNoTracking().ToListAsync(ct);
        var witnesses = await db.Agents.AsNoTracking().Where(a => a.RigId != null && a.CheckAt != null).GroupBy(a => a.RigId!)
            .Select(g => new { Rig = g.Key, Due = g.Min(a => a.CheckAt) }).ToListAsync(ct);
        return new([.. pulses.Select(p => p.Pulse)], [.. nodes.Select(n => new NodeView(n.NodeId, n.HeardAt, n.StoppedAt is not null, n.Live))],
            [.. witnesses.OrderBy(w => w.Rig, StringComparer.Ordinal).Select(w => new WitnessView($"{w.Rig}/witness", w.Due))], TimeSpan.FromSeconds(options.Value.NodeSilentSeconds), beats.StartedAt);
    }
}
