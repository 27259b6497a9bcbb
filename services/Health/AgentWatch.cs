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

namespace ClaudeManage.Health;

/// <summary>Due-time message: look at this agent again.</summary>
sealed record CheckAgent(string AgentId, DateTimeOffset At);

/// <summary>Folds signals into an agent's row, judges, publishes what changed and books the next look.</summary>
sealed class AgentWatch(HealthDbContext db, IOutbox<HealthDbContext> outbox, IOptions<HealthOptions> options, TimeProvider clock)
{
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

    /// <summary>Judges after a signal or a due time.</summary>
    public async Task JudgeAsync(AgentRow row, CancellationToken ct)
    {
        var now = clock.Now();
        var thresholds = await ThresholdsAsync(row.RigId, ct);
        var judgement = HealthRules.Judge(row.Signals(), thresholds, now);
        if (judgement.State != row.State)
        {
            var previous = row.State;
            row.State = judgement.State;
            row.Since = judgement.Since;
            var system = Caller.System("health");
            await outbox.PublishAsync(
                new AgentHealthChanged(system.Event(AgentHealthChanged.Type, now, row.WorkItemId, row.RigId), Describe(row, thresholds, judgement), previous), ct);
        }
        // One check counts at a time: one that comes too early books the next, one that was overtaken by an earlier one does nothing.
        if (HealthRules.NextCheck(row.Signals(), thresholds, now) is { } next && (row.CheckAt is not { } booked || booked <= now || next < booked))
        {
            row.CheckAt = next;
            await outbox.ScheduleAsync(new CheckAgent(row.AgentId, next), next, ct);
        }
    }

    /// <summary>The answer to who asks now, whatever was judged before.</summary>
    public async Task<AgentHealth> DescribeAsync(AgentRow row, CancellationToken ct)
    {
        var thresholds = await ThresholdsAsync(row.RigId, ct);
        return Describe(row, thresholds, HealthRules.Judge(row.Signals(), thresholds, clock.Now()));
    }

    async Task<HealthThresholds> ThresholdsAsync(string? rigId, CancellationToken ct)
    {
        var stall = rigId is null ? null : await db.Rigs.AsNoTracking().Where(r => r.Id == rigId).Select(r => (int?)r.StallAfterSeconds).SingleOrDefaultAsync(ct);
        return new HealthThresholds(
            TimeSpan.FromSeconds(options.Value.QuietAfterSeconds), TimeSpan.FromSeconds(stall ?? 900), TimeSpan.FromSeconds(options.Value.NodeSilentSeconds));
    }

    static AgentHealth Describe(AgentRow row, HealthThresholds t, Judgement j) => new(row.AgentId, j.State, j.Since, j.Evidence,
        new Dictionary<string, double>
        {
            ["quietAfterSeconds"] = t.QuietAfter.TotalSeconds,
            ["stuckAfterSeconds"] = t.StuckAfter.TotalSeconds,
            ["nodeSilentSeconds"] = t.NodeSilentAfter.TotalSeconds,
        }, j.Next);
}
