using System.Diagnostics.Metrics;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook;

static class HookTelemetry
{
    public static readonly Spans Spans = new("Hook");

    public static readonly Histogram<double> Claims = TownMeter.Duration("claudemanage.hook.claim.duration", "One look for something to claim; `result` is granted or none");
    public static readonly Histogram<double> Renewals = TownMeter.Duration("claudemanage.hook.renew.duration", "Renewing the leases of one request; `result` is renewed or lost, if one of them was");
    public static readonly Histogram<double> Completions = TownMeter.Duration("claudemanage.hook.done.duration", "Taking a completion; `outcome` as the worker said");

    static readonly Counter<long> Expiries = TownMeter.Counter("claudemanage.hook.lease.expired", "Leases taken back because they were not renewed");
    static readonly Gauge Depth = new("claudemanage.hook.queue.depth", "{assignment}", "Assignments that wait on hooks and could be claimed or started");
    static readonly Gauge Age = new("claudemanage.hook.queue.age", "s", "How long the oldest of them has waited");

    public static void Expired(HookDbContext db, string rig)
    {
        if (Expiries.Enabled) db.AfterCommit(() => Expiries.Add(1, new KeyValuePair<string, object?>("rig", rig)));
    }

    public static SampledGauges Gauges { get; } = new([Depth, Age], async (services, ct) =>
    {
        var (db, now) = (services.GetRequiredService<HookDbContext>(), services.GetRequiredService<TimeProvider>().Now());
        var rigs = await db.Assignments.AsNoTracking().Where(a => a.State == AssignmentState.Queued && !a.Held && (a.NotBefore == null || a.NotBefore <= now))
            .GroupBy(a => a.RigId).Select(g => new { Rig = g.Key, Count = g.Count(), Oldest = g.Min(a => a.EnqueuedAt) }).ToListAsync(ct);
        return [.. rigs.SelectMany(r => (Reading[])[Reading.Of(Depth, r.Count, "rig", r.Rig), Reading.Of(Age, Math.Max(0, (now - r.Oldest).TotalSeconds), "rig", r.Rig)])];
    });
}
