using System.Diagnostics.Metrics;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy;

static class ConvoyTelemetry
{
    static readonly Histogram<double> Delay = TownMeter.Duration("claudemanage.convoy.dispatch.delay", "From an item being ready to the first lease, of items that a convoy slung");
    static readonly Histogram<double> Duration = TownMeter.Duration("claudemanage.convoy.duration", "From the launch of a convoy to its landing");
    static readonly Counter<long> Strandings = TownMeter.Counter("claudemanage.convoy.stranded", "Convoys that did not get on by themselves, once per episode");
    static readonly Gauge Convoys = new("claudemanage.convoy.convoys", "{convoy}", "Convoys that were made on purpose and are not over, by `state` staged, open, paused or stranded");

    public static void Started(ConvoyDbContext db, string rig, TimeSpan delay)
    {
        if (Delay.Enabled) db.AfterCommit(() => Delay.Record(Math.Max(0, delay.TotalSeconds), new KeyValuePair<string, object?>("rig", rig)));
    }

    public static void Landed(ConvoyDbContext db, ConvoyRow row)
    {
        if (Duration.Enabled && row is { Watched: true, LaunchedAt: { } from, LandedAt: { } to }) db.AfterCommit(() => Duration.Record((to - from).TotalSeconds));
    }

    public static void Stranded(ConvoyDbContext db, string code)
    {
        if (Strandings.Enabled) db.AfterCommit(() => Strandings.Add(1, new KeyValuePair<string, object?>("code", code)));
    }

    public static SampledGauges Gauges { get; } = new([Convoys], async (services, ct) =>
        [.. (await services.GetRequiredService<ConvoyDbContext>().Convoys.AsNoTracking().Where(c => c.Watched && (c.State == nameof(ConvoyState.Staged) || c.State == nameof(ConvoyState.Open)))
                .GroupBy(c => new { c.State, c.Paused, Stranded = c.StrandedAt != null }).Select(g => new { g.Key.State, g.Key.Paused, g.Key.Stranded, Count = g.Count() }).ToListAsync(ct))
            .GroupBy(g => g.Stranded ? "stranded" : g is { Paused: true, State: nameof(ConvoyState.Open) } ? "paused" : SnakeCase.Of(g.State))
            .Select(g => ServiceDefaults.Telemetry.Reading.Of(Convoys, g.Sum(c => c.Count), "state", g.Key))]);
}
