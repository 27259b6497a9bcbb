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

/// <summary>Due-time message: look at this agent again.</summary>
sealed record CheckAgent(string AgentId, DateTimeOffset At);

/// <summary>Judges an agent after a signal or a due time: publishes what changed, lets the witness act, and books the next look.</summary>
sealed class AgentWatch(HealthDbContext db, Witness witness, HookWatch hooks, IOutbox<HealthDbContext> outbox, IOptions<HealthOptions> options, TimeProvider clock)
{
    const int Shown = 50;
    static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>The agent's row, made at the first signal. Signals of other endpoints about it wait until this transaction ends: each judges by all that came before.</summary>
    public async Task<AgentRow> RowAsync(string agentId, CancellationToken ct)
    {
        await db.LockAsync($"agent:{agentId}", ct);
        if (await db.Agents.FindAsync([agentId], ct) is { } row) return row;
        row = new AgentRow { AgentId = agentId, RigId = ActorAddress.RigOf(agentId), RegisteredAt = clock.Now(), Since = clock.Now() };
        db.Agents.Add(row);
        return row;
    }

    /// <summary>The agent that held this assignment under this fence; null when it holds something newer by now.</summary>
    public async Task<AgentRow?> HolderAsync(Guid assignmentId, long fence, CancellationToken ct)
    {
        var holder = db.Agents.Where(a => a.AssignmentId == assignmentId && a.Fence == fence && a.HasLease);
        if (await holder.Select(a => a.AgentId).SingleOrDefaultAsync(ct) is not { } agentId) return null;
        await db.LockAsync($"agent:{agentId}", ct);
        return await holder.SingleOrDefaultAsync(ct);
    }

    /// <summary>Judges after a signal or a due time, and acts if it is time to.</summary>
    public async Task JudgeAsync(AgentRow row, CancellationToken ct)
    {
        var now = clock.Now();
        var thresholds = await ThresholdsAsync(row, ct);
        // What cannot be started is not late: from the moment that it can, its time counts.
        if (!row.HasLease && now >= row.WaitingSince + thresholds.PropulsionAfter && await hooks.WhyNotStartableAsync(row, now, ct) is not null) row.WaitingSince = now;
        var judgement = await SettleAsync(row, thresholds, now, null, ct);
        var memory = await witness.MemoryAsync(row, ct);
        var step = WitnessRules.Next(row, judgement, memory, thresholds, now);
        if (step?.At <= now)
        {
            var why = await witness.ActAsync(row, judgement, step.Act, ct);
            judgement = await SettleAsync(row, thresholds, now, why, ct);
            step = WitnessRules.Next(row, judgement, await witness.MemoryAsync(row, ct), thresholds, now);
        }
        // One check counts at a time: one that comes too early books the next, one that was overtaken by an earlier one does nothing.
        var next = new[] { HealthRules.NextChange(row, thresholds, now), step?.At > now ? step.At : null }.Min();
        if (next is { } at && (row.CheckAt is not { } booked || booked <= now || at < booked))
        {
            row.CheckAt = at;
            await outbox.ScheduleAsync(new CheckAgent(row.AgentId, at), at, ct);
        }
    }

    /// <summary>The answer to who asks now, whatever was judged before.</summary>
    public async Task<AgentHealth> DescribeAsync(AgentRow row, CancellationToken ct)
    {
        var now = clock.Now();
        var thresholds = await ThresholdsAsync(row, ct);
        var judgement = HealthRules.Judge(row, thresholds, now);
        var history = await db.History.AsNoTracking().Where(h => h.AgentId == row.AgentId).OrderByDescending(h => h.Number).Take(Shown).ToListAsync(ct);
        return Describe(row, thresholds, judgement, WitnessRules.Next(row, judgement, await witness.MemoryAsync(row, ct), thresholds, now), now) with
        {
            History = [.. history.Select(h => h.ToMoment())],
        };
    }

    async Task<Judgement> SettleAsync(AgentRow row, HealthThresholds thresholds, DateTimeOffset now, string? why, CancellationToken ct)
    {
        var judgement = HealthRules.Judge(row, thresholds, now);
        if (judgement.State == row.State) return judgement;
        var previous = row.State;
        (row.State, row.Since) = (judgement.State, judgement.Since);
        (row.Stops, row.StoppedAt, row.Reported) = (0, null, false);
        await db.History.Where(h => h.AgentId == row.AgentId && h.At < now - Remembered).ExecuteDeleteAsync(ct);
        db.History.Add(new HistoryRow { AgentId = row.AgentId, At = now, What = SnakeCase.Of(judgement.State.ToString()), Why = why, SessionId = row.Spawn?.SessionId });
        var step = WitnessRules.Next(row, judgement, await witness.MemoryAsync(row, ct), thresholds, now);
        await outbox.PublishAsync(new AgentHealthChanged(
            Caller.System("health").Event(AgentHealthChanged.Type, now, row.WorkItemId, row.RigId), Describe(row, thresholds, judgement, step, now), previous), ct);
        return judgement;
    }

    async Task<HealthThresholds> ThresholdsAsync(AgentRow row, CancellationToken ct)
    {
        var rig = row.RigId is { } id ? await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) : null;
        var o = options.Value;
        return new HealthThresholds(
            Of(Math.Min(o.QuietAfterSeconds, rig?.StallAfterSeconds ?? o.QuietAfterSeconds)), Of(rig?.StallAfterSeconds ?? 900), Of(Math.Max(o.BusyPatienceSeconds, rig?.StallAfterSeconds ?? 0)), Of(o.NodeSilentSeconds), Of(o.NodeSilentSeconds),
            Of(o.NudgeWaitSeconds), o.Nudges, o.LoopRepeats, Of(o.ZombieAfterSeconds), Of(o.DeadAfterSeconds), Of(rig is { Managed: true } ? o.PropulsionSeconds : o.BarePropulsionSeconds), Of(o.ActWaitSeconds));

        static TimeSpan Of(int seconds) => TimeSpan.FromSeconds(seconds);
    }

    static AgentHealth Describe(AgentRow row, HealthThresholds t, Judgement j, WitnessStep? step, DateTimeOffset now) => new(row.AgentId, j.State, j.Since, j.Evidence,
        new Dictionary<string, double>
        {
            ["quietAfterSeconds"] = t.QuietAfter.TotalSeconds,
            ["stallAfterSeconds"] = t.StallAfter.TotalSeconds,
            ["busyPatienceSeconds"] = t.BusyPatience.TotalSeconds,
            ["nodeSilentSeconds"] = t.NodeSilentAfter.TotalSeconds,
            ["nudges"] = t.MaxNudges,
            ["nudgeWaitSeconds"] = t.NudgeWait.TotalSeconds,
            ["loopRepeats"] = t.LoopRepeats,
            ["zombieAfterSeconds"] = t.ZombieAfter.TotalSeconds,
            ["deadAfterSeconds"] = t.DeadAfter.TotalSeconds,
            ["propulsionAfterSeconds"] = t.PropulsionAfter.TotalSeconds,
            ["actWaitSeconds"] = t.ActWait.TotalSeconds,
        }, step is null ? null : new HealthNext(Words.Of(step.Act), step.At < now ? now : step.At), row.Spawn?.SessionId, row.WorkItemId);
}
