using System.Diagnostics.Metrics;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health;

static class HealthTelemetry
{
    static readonly Counter<long> Incidents = TownMeter.Counter("claudemanage.health.incidents.raised", "Incidents raised; the same cause again is the same incident");
    static readonly Counter<long> Acts = TownMeter.Counter("claudemanage.health.witness.acts", "What witnesses did about agents");
    static readonly Gauge Open = new("claudemanage.health.incidents", "{incident}", "Incidents that are not closed, by `severity` and `state`");

    public static void Raised(HealthDbContext db, Severity severity)
    {
        if (Incidents.Enabled) db.AfterCommit(() => Incidents.Add(1, new KeyValuePair<string, object?>("severity", SnakeCase.Of(severity.ToString()))));
    }

    public static void Acted(HealthDbContext db, string? rigId, WitnessAct act)
    {
        if (Acts.Enabled) db.AfterCommit(() => Acts.Add(1, new KeyValuePair<string, object?>("rig", rigId ?? ""), new KeyValuePair<string, object?>("act", SnakeCase.Of(act.ToString()))));
    }

    public static SampledGauges Gauges { get; } = new([Open], async (services, ct) =>
        [.. (await services.GetRequiredService<HealthDbContext>().Incidents.AsNoTracking().Where(i => i.State != "closed").GroupBy(i => new { i.Severity, i.State })
                .Select(g => new { g.Key.Severity, g.Key.State, Count = g.Count() }).ToListAsync(ct))
            .Select(g => new Reading(Open, g.Count, new KeyValuePair<string, object?>("severity", SnakeCase.Of(g.Severity.ToString())), new KeyValuePair<string, object?>("state", g.State)))]);
}
