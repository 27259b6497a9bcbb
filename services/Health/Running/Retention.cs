using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>
/// Once a day forgets what is over for longer than it is kept: incidents with their notices, decisions, judgements. What is open, and whoever has
/// work or a session, stays however old. The trail keeps the events of all of it.
/// </summary>
sealed class Retention(HealthDbContext db, PatrolLog patrols, IOptions<HealthOptions> options, TimeProvider clock)
{
    /// <summary>Its patrol's name.</summary>
    public const string Name = "retention";

    static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>In the running transaction, if it is due.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        var now = clock.Now();
        if (await db.Patrols.AsNoTracking().AnyAsync(p => p.Name == Name && p.DueAt > now, ct)) return;
        var began = patrols.Begin();
        var before = now.AddDays(-options.Value.KeepDays);
        await db.Notices.Where(n => n.State != NoticeState.Waiting && db.Incidents.Any(i => i.Id == n.IncidentId && i.State == Escalation.Closed && i.ClosedAt < before)).ExecuteDeleteAsync(ct);
        // One that a notice still waits for goes with the next sweep.
        var incidents = await db.Incidents.Where(i => i.State == Escalation.Closed && i.ClosedAt < before && !db.Notices.Any(n => n.IncidentId == i.Id)).ExecuteDeleteAsync(ct);
        var decisions = await db.Decisions.Where(d => d.State != DecisionState.Open && d.EndedAt < before).ExecuteDeleteAsync(ct);
        await db.Notices.Where(n => n.ConvoyId != null && n.State != NoticeState.Waiting && n.EndedAt < before).ExecuteDeleteAsync(ct);
        await db.Notices.Where(n => n.DecisionId != null && n.State != NoticeState.Waiting && !db.Decisions.Any(d => d.Id == n.DecisionId)).ExecuteDeleteAsync(ct);
        var moments = await db.History.Where(h => h.At < before).ExecuteDeleteAsync(ct);
        var agents = await db.Agents.Where(a => a.Retired && !a.HasLease && !a.SessionAlive && a.WaitingSince == null && a.Since < before).ExecuteDeleteAsync(ct);
        // A node that is gone for good has no more rounds.
        await db.Patrols.Where(p => p.Name.StartsWith("retention:node:") && p.LastAt < before).ExecuteDeleteAsync(ct);
        await patrols.EndAsync(began, Name, [$"what was over before {before:u}"], [], incidents + decisions + moments + agents == 0 ? []
            : [$"forgot {incidents} incidents, {decisions} decisions, {moments} judgements, {agents} retired agents"], now + Every, ct);
    }
}
