using ClaudeManage.Cli.Output;
using ClaudeManage.Client;

namespace ClaudeManage.Cli.Doctor;

/// <summary>What the town itself is asked.</summary>
sealed class TownChecks(TownClient town, TimeProvider clock)
{
    static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyList<Finding>> ReadyAsync(CancellationToken ct)
    {
        var looked = $"{town.Address}health/ready";
        var report = await town.ReadyAsync(ct);
        return report.Checks.Count == 0 ? [Verdict("town ready", looked, report.Status, null)]
            : [.. report.Checks.Select(c => Verdict($"ready: {c.Key}", looked, c.Value.Status, c.Value.Detail))];
    }

    /// <summary>Leases end by the town's clock; a worker with another one believes them too long or too short.</summary>
    public async Task<Finding> ClockAsync(CancellationToken ct)
    {
        const string name = "clock";
        var before = clock.GetUtcNow();
        var there = await town.ServerTimeAsync(ct);
        var middle = before + (clock.GetUtcNow() - before) / 2;
        if (there is not { } at) return Finding.NotChecked(name, "the answer's Date header", "the town sent none");
        var off = (at - middle).Duration();
        return off <= Tolerance ? Finding.Ok(name, "the answer's Date header", "agrees with the town's")
            : Finding.Failed(name, "the answer's Date header", $"{Text.Age(off)} away from the town's", "Set this machine's clock (NTP): leases are timed by the town's.");
    }

    public async Task<Finding> TrailAsync(CancellationToken ct)
    {
        var v = await town.VerifyTrail().SendAsync(ct);
        return v.Ok ? Finding.Ok("trail", "the hash chain over all events", $"{Text.Count(v.HeadSequence, "event")}, unbroken")
            : Finding.Failed("trail", "the hash chain over all events", $"broken at {v.Problem?.Sequence}: {v.Problem?.What}", "Somebody changed the database by hand, or it is damaged. Keep a copy of the data directory before anything else.");
    }

    public async Task<Finding> ReplayAsync(CancellationToken ct)
    {
        var r = await town.Replay().SendAsync(ct);
        return r.Differences.Count == 0 ? Finding.Ok("replay", "every item's state folded from the trail", $"{Text.Count(r.Items, "item")}, all equal")
            : Finding.Failed("replay", "every item's state folded from the trail",
                $"{Text.Count(r.Differences.Count, "difference")}: {string.Join("; ", r.Differences.Take(5).Select(d => $"{d.WorkItemId} {d.Kind}: {d.Detail}"))}", "Keep a copy of the data directory and report it: this should not happen.");
    }

    public async Task<Finding> LeasesAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var stale = new List<string>();
        var live = 0;
        foreach (var rig in (await town.Rigs(limit: 500).SendAsync(ct)).Items)
            foreach (var leased in (await town.RigQueue(rig.Id).SendAsync(ct)).Agents.Select(a => a.Leased).OfType<Contracts.Hook.AssignmentSnapshot>())
            {
                live++;
                // Expiry is a due row; a second or two late is its nature.
                if (leased.LeaseUntil is { } until && until + TimeSpan.FromSeconds(30) < now) stale.Add($"{leased.WorkItemId} of {leased.AgentId}, over for {Text.Age(now - until)}");
            }
        return stale.Count == 0 ? Finding.Ok("leases", "the lease of every agent", $"{Text.Count(live, "live lease")}, none over its time")
            : Finding.Failed("leases", "the lease of every agent", string.Join("; ", stale.Take(5)), "`cm doctor --fix` takes them back; if it repeats, look at the town's log.", new Fix("has the town reconcile (POST /runtime/reconcile): leases over their time are taken back, and every repair is an event", async token =>
                {
                    await town.Reconcile().SendAsync(token);
                    return [];
                }, CanUndo: false));
    }

    /// <summary>Whoever works without being asked, and is late.</summary>
    public async Task<Finding> HeartbeatsAsync(CancellationToken ct)
    {
        const string name = "heartbeats", looked = "services, nodes, dispatcher, refinery, witnesses, deacon, boot";
        var page = await town.Heartbeats().SendAsync(ct);
        var late = page.Items.Where(h => h.Late).ToList();
        return late.Count > 0 ? Finding.Failed(name, looked, $"late: {string.Join(", ", late.Select(h => $"{h.Role} (last heard {Text.Age(clock.GetUtcNow() - h.LastAt)} ago)"))}", "`cm heartbeats` and `cm patrols` say more; the log of what is late may say why.")
            : page.Items.Count == 0 ? Finding.NotChecked(name, looked, "nobody has been heard of yet")
            : Finding.Ok(name, looked, $"{Text.Count(page.Items.Count, "heartbeat")}, nobody is late");
    }

    public async Task<Finding> DeadLettersAsync(CancellationToken ct)
    {
        const string name = "dead letters", looked = "what every service gave up on";
        var lists = await Task.WhenAll((await town.DeadLetterKeepersAsync(ct)).Select(async k => await town.DeadLetters(k).SendAsync(ct) with { Service = k }));
        return lists.All(l => l.Total == 0) ? Finding.Ok(name, looked, "none")
            : Finding.Warning(name, looked, string.Join("; ", lists.Where(l => l.Total > 0).Select(l => $"{l.Service} {l.Total}: {l.Groups.FirstOrDefault()?.Cause}")),
                "`cm dead-letters list` shows the causes and the items that wait; replay them once it is repaired.");
    }

    static Finding Verdict(string name, string looked, string status, string? detail) => status == "healthy" ? Finding.Ok(name, looked, Text.Line(detail) is { Length: > 0 } d ? d : "healthy")
        : status == "degraded" ? Finding.Warning(name, looked, Text.Line(detail ?? status), "Look at the town's log.")
        : Finding.Failed(name, looked, Text.Line(detail ?? status), "Look at the town's log.");
}
