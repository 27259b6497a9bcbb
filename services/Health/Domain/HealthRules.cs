using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Health.Domain;

/// <summary>When to worry.</summary>
/// <param name="QuietAfter">Without progress for so long it is quiet.</param>
/// <param name="StallAfter">Without progress for so long it is asked (the rig's stall time).</param>
/// <param name="BusyPatience">As <paramref name="StallAfter"/>, while it uses the processor.</param>
/// <param name="BusyFresh">How old a sign of processor use may be.</param>
/// <param name="NudgeWait">How long it may take to answer the first time; twice as long each time after.</param>
/// <param name="MaxNudges">How often it is asked before it is stuck.</param>
/// <param name="LoopRepeats">Repeated lines in a row that make a loop, if they last as long as <paramref name="QuietAfter"/>.</param>
/// <param name="ZombieAfter">A session without a lease may go on for so long.</param>
/// <param name="DeadAfter">A session that ended may leave its lease unsettled for so long.</param>
/// <param name="PropulsionAfter">Work may wait so long on a hook where somebody could start it.</param>
/// <param name="ActWait">Between the first and the second act on a stuck agent; twice as long each time after.</param>
sealed record HealthThresholds(
    TimeSpan QuietAfter, TimeSpan StallAfter, TimeSpan BusyPatience, TimeSpan BusyFresh, TimeSpan NodeSilentAfter, TimeSpan NudgeWait, int MaxNudges, int LoopRepeats,
    TimeSpan ZombieAfter, TimeSpan DeadAfter, TimeSpan PropulsionAfter, TimeSpan ActWait)
{
    /// <summary>How long the n-th nudge may stay unanswered.</summary>
    public TimeSpan WaitAfter(int nudge) => Doubled(NudgeWait, nudge - 1);

    /// <summary>How long the n-th act is given.</summary>
    public TimeSpan ActWaitAfter(int act) => Doubled(ActWait, act - 1);

    static TimeSpan Doubled(TimeSpan first, int times) => first * Math.Pow(2, Math.Clamp(times, 0, 10));
}

/// <summary>A judgement with what it rests on.</summary>
sealed record Judgement(AgentHealthState State, DateTimeOffset Since, IReadOnlyList<HealthEvidence> Evidence);

/// <summary>The rules of the watcher: signals in, judgement out. Nothing is guessed: each state names the signal that decided it.</summary>
static class HealthRules
{
    /// <summary>Judges at <paramref name="now"/>.</summary>
    public static Judgement Judge(AgentSignals s, HealthThresholds t, DateTimeOffset now)
    {
        var (state, since) = s.HasLease ? WithLease(s, t, now) : WithoutLease(s, t, now);
        return new Judgement(state, since, Evidence(s, now));
    }

    /// <summary>When the judgement can change without a new signal; null when only news can change it.</summary>
    public static DateTimeOffset? NextChange(AgentSignals s, HealthThresholds t, DateTimeOffset now)
    {
        DateTimeOffset?[] moments = s.HasLease
            ?
            [
                s.MovedAt + t.QuietAfter, s.SessionAlive ? s.NodeAt + t.NodeSilentAfter : null, LoopsFrom(s, t), s.Nudges >= t.MaxNudges ? s.NudgedAt + t.WaitAfter(s.Nudges) : null,
                IsOver(s) ? s.SessionAt + t.DeadAfter : null,
            ]
            : [s.SessionAlive ? ZombieFrom(s, t) : null, s.SessionAlive ? s.NodeAt + t.NodeSilentAfter : null, s.Retired ? null : s.WaitingSince + t.PropulsionAfter];
        return moments.Where(m => m > now).Min();
    }

    /// <summary>When a silent agent is asked for the first time: much later while it uses the processor.</summary>
    public static DateTimeOffset StallsAt(AgentSignals s, HealthThresholds t, DateTimeOffset now)
    {
        var early = s.MovedAt + t.StallAfter;
        if (s.BusyAt is not { } busy || now - busy > t.BusyFresh) return early;
        var late = s.MovedAt + t.BusyPatience;
        // It may stop working meanwhile: then the shorter time counts.
        return now < early ? early : busy + t.BusyFresh is var stale && stale < late ? stale : late;
    }

    static (AgentHealthState, DateTimeOffset) WithLease(AgentSignals s, HealthThresholds t, DateTimeOffset now)
    {
        if (IsOver(s))
        {
            var dead = s.SessionAt!.Value + t.DeadAfter;
            return now >= dead ? (AgentHealthState.Dead, dead) : (AgentHealthState.Working, s.SessionAt.Value);
        }
        // A bare claim has no node to watch; its lease is the only sign of life, and Hook takes that back by itself.
        if (s.SessionAlive && s.NodeAt is { } node && now >= node + t.NodeSilentAfter) return (AgentHealthState.Unreachable, node + t.NodeSilentAfter);
        if (s.Nudges > 0 && s.NudgedAt is { } asked)
        {
            var answered = asked + t.WaitAfter(s.Nudges);
            return s.Nudges >= t.MaxNudges && now >= answered ? (AgentHealthState.Stuck, answered) : (AgentHealthState.Nudged, asked);
        }
        if (LoopsFrom(s, t) is { } loops && now >= loops) return (AgentHealthState.Looping, loops);
        var quiet = s.MovedAt + t.QuietAfter;
        return now >= quiet ? (AgentHealthState.Quiet, quiet) : (AgentHealthState.Working, s.MovedAt);
    }

    static (AgentHealthState, DateTimeOffset) WithoutLease(AgentSignals s, HealthThresholds t, DateTimeOffset now)
    {
        if (s.SessionAlive && ZombieFrom(s, t) is { } zombie && now >= zombie)
            // Nobody has seen the session since its node fell silent: whether it lives is not known.
            return s.NodeAt is { } node && now >= node + t.NodeSilentAfter ? (AgentHealthState.Unreachable, node + t.NodeSilentAfter) : (AgentHealthState.Zombie, zombie);
        if (!s.Retired && s.WaitingSince + t.PropulsionAfter is { } late && now >= late) return (AgentHealthState.PropulsionFailure, late);
        if (s.LeaseLostAt is { } lost && (s.LeaseAt is null || lost >= s.LeaseAt)) return (AgentHealthState.Dead, lost);
        return (AgentHealthState.Idle, s.LeaseEndedAt ?? s.LeaseAt ?? s.RegisteredAt);
    }

    /// <summary>The session that ran under this lease has ended, and the lease is not settled yet.</summary>
    static bool IsOver(AgentSignals s) => s.SessionId is not null && !s.SessionAlive && s.SessionAt >= s.LeaseAt;

    static DateTimeOffset? LoopsFrom(AgentSignals s, HealthThresholds t) => s.Repeats >= t.LoopRepeats ? s.RepeatsSince + t.QuietAfter : null;

    static DateTimeOffset? ZombieFrom(AgentSignals s, HealthThresholds t) => new[] { s.LeaseEndedAt, s.SpawnedAt }.Max() + t.ZombieAfter;

    static List<HealthEvidence> Evidence(AgentSignals s, DateTimeOffset now)
    {
        var evidence = new List<HealthEvidence>();
        Add("lease", s.HasLease ? s.LeaseAt : null, null);
        Add("lease-lost", s.HasLease ? null : s.LeaseLostAt, s.Detail);
        Add("session", s.SessionAt, s.SessionAlive ? "running" : "ended");
        Add("node", s.NodeAt, s.NodeId);
        Add("progress", s.ProgressAt, null);
        Add("commit", s.CommitAt, null);
        Add("processor", s.BusyAt, null);
        Add("repetition", s.Repeats > 0 ? s.RepeatsSince : null, $"{s.Repeats} lines in a row that it had printed before");
        Add("nudge", s.NudgedAt, $"{s.Nudges} so far");
        Add("waiting", s.WaitingSince, "the oldest entry on its hook");
        return evidence;

        void Add(string signal, DateTimeOffset? at, string? detail)
        {
            // A clock that was set back makes nothing younger than now.
            if (at is { } moment) evidence.Add(new HealthEvidence(signal, moment, Math.Max(0, Math.Round((now - moment).TotalSeconds, 1)), detail));
        }
    }
}
