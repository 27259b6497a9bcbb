using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Health.Domain;

/// <summary>What is known of an agent. Liveness (lease, session, node) and progress are separate: a long silent build is alive and quiet.</summary>
sealed record AgentSignals(
    DateTimeOffset? LeaseAt,
    DateTimeOffset? LeaseLostAt,
    DateTimeOffset? SessionAt,
    bool SessionAlive,
    DateTimeOffset? NodeAt,
    DateTimeOffset? ProgressAt,
    bool HasLease,
    DateTimeOffset RegisteredAt,
    string? Detail);

/// <summary>When to worry.</summary>
sealed record HealthThresholds(TimeSpan QuietAfter, TimeSpan StuckAfter, TimeSpan NodeSilentAfter);

/// <summary>A judgement with what it rests on.</summary>
sealed record Judgement(AgentHealthState State, DateTimeOffset Since, IReadOnlyList<HealthEvidence> Evidence, HealthNext? Next);

/// <summary>The rules of the watcher: signals in, judgement out. Nothing is guessed: each state names the signal that decided it.</summary>
static class HealthRules
{
    /// <summary>Judges at <paramref name="now"/>.</summary>
    public static Judgement Judge(AgentSignals s, HealthThresholds t, DateTimeOffset now)
    {
        var evidence = Evidence(s, now);
        if (!s.HasLease)
        {
            return s.LeaseLostAt is { } lost && (s.LeaseAt is null || lost >= s.LeaseAt)
                ? new Judgement(AgentHealthState.Dead, lost, evidence, null)
                : new Judgement(AgentHealthState.Idle, s.LeaseAt ?? s.RegisteredAt, evidence, null);
        }
        // A bare claim has no node to watch; its lease is the only sign of life, and Hook takes that back by itself.
        if (s.NodeAt is { } node && s.SessionAlive)
        {
            var silent = node + t.NodeSilentAfter;
            if (now >= silent) return new Judgement(AgentHealthState.Unreachable, silent, evidence, null);
        }
        var moved = Latest(s.ProgressAt, s.SessionAt, s.LeaseAt) ?? s.RegisteredAt;
        var (quiet, stuck) = (moved + t.QuietAfter, moved + t.StuckAfter);
        if (now >= stuck) return new Judgement(AgentHealthState.Stuck, stuck, evidence, null);
        if (now >= quiet) return new Judgement(AgentHealthState.Quiet, quiet, evidence, new HealthNext("mark stuck", stuck));
        return new Judgement(AgentHealthState.Working, moved, evidence, new HealthNext("mark quiet", Earliest(quiet, stuck)));
    }

    /// <summary>When the judgement can change without a new signal; null when only news can change it.</summary>
    public static DateTimeOffset? NextCheck(AgentSignals s, HealthThresholds t, DateTimeOffset now)
    {
        if (!s.HasLease) return null;
        var moved = Latest(s.ProgressAt, s.SessionAt, s.LeaseAt) ?? s.RegisteredAt;
        DateTimeOffset?[] moments = [moved + t.QuietAfter, moved + t.StuckAfter, s.SessionAlive ? s.NodeAt + t.NodeSilentAfter : null];
        return moments.Where(m => m > now).Min();
    }

    static List<HealthEvidence> Evidence(AgentSignals s, DateTimeOffset now)
    {
        var evidence = new List<HealthEvidence>();
        Add("lease", s.HasLease ? s.LeaseAt : null, null);
        Add("lease-lost", s.HasLease ? null : s.LeaseLostAt, s.Detail);
        Add("session", s.SessionAt, s.SessionAlive ? "running" : "ended");
        Add("node", s.NodeAt, null);
        Add("progress", s.ProgressAt, null);
        return evidence;

        void Add(string signal, DateTimeOffset? at, string? detail)
        {
            if (at is { } moment) evidence.Add(new HealthEvidence(signal, moment, Math.Round((now - moment).TotalSeconds, 1), detail));
        }
    }

    static DateTimeOffset? Latest(params DateTimeOffset?[] moments) => moments.Max();

    static DateTimeOffset Earliest(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
