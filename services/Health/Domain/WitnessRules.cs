using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Health.Domain;

/// <summary>How far the witness has gone with an assignment. It belongs to the assignment, not to the agent or its spawn.</summary>
enum Rung
{
    /// <summary>Nothing but nudges.</summary>
    None,

    /// <summary>The agent was asked to hand off by itself.</summary>
    AskedToHandOff,

    /// <summary>Its session was ended and started again with the last checkpoint.</summary>
    Restarted,

    /// <summary>Another agent was given the work.</summary>
    GivenAway,

    /// <summary>A person was told; the witness does nothing more.</summary>
    Reported,
}

/// <summary>What was done so far.</summary>
/// <param name="At">When the last step was taken.</param>
/// <param name="Stops">How often the spawn at hand was told to end although it had no work.</param>
sealed record WitnessMemory(Rung Rung, DateTimeOffset? At, int Stops, DateTimeOffset? StoppedAt, bool Reported);

/// <summary>What the witness does next, and when.</summary>
sealed record WitnessStep(WitnessAct Act, DateTimeOffset At);

/// <summary>The witness's ladder: nudge → ask for a handoff → restart in place → give to another → incident; each step spaced from the one before.</summary>
static class WitnessRules
{
    /// <summary>How often an end is asked of a session without work before a person is told.</summary>
    public const int MaxStops = 3;

    /// <summary>The next step as things stand; null when there is nothing to do but wait for news.</summary>
    public static WitnessStep? Next(AgentSignals s, Judgement j, WitnessMemory m, HealthThresholds t, DateTimeOffset now) => j.State switch
    {
        // Also before it is quiet: whoever asks sees what will come.
        AgentHealthState.Working when IsUnderLease(s) => new(WitnessAct.Nudge, HealthRules.StallsAt(s, t, now)),
        AgentHealthState.Quiet => new(WitnessAct.Nudge, HealthRules.StallsAt(s, t, now)),
        AgentHealthState.Looping => new(WitnessAct.Nudge, j.Since),
        AgentHealthState.Nudged => s.NudgedAt!.Value + t.WaitAfter(s.Nudges) is var due && s.Nudges < t.MaxNudges ? new(WitnessAct.Nudge, due) : Climb(s, m, t, due),
        AgentHealthState.Stuck => Climb(s, m, t, j.Since),
        AgentHealthState.Zombie when m.Stops < MaxStops => new(WitnessAct.Stop, m.StoppedAt is { } last ? Instants.Later(j.Since, last + t.ActWaitAfter(m.Stops)) : j.Since),
        AgentHealthState.Zombie when !m.Reported => new(WitnessAct.Report, Instants.Later(j.Since, m.StoppedAt!.Value + t.ActWaitAfter(m.Stops))),
        AgentHealthState.PropulsionFailure when !m.Reported => new(WitnessAct.Report, j.Since),
        // Dead: Hook takes the lease back. Unreachable: what cannot be seen is not acted on. Idle: nothing to do.
        _ => null,
    };

    /// <summary>Where the ladder stands after a step.</summary>
    public static Rung After(Rung rung, WitnessAct act) => act switch
    {
        WitnessAct.AskHandoff => Rung.AskedToHandOff,
        WitnessAct.Restart => Rung.Restarted,
        WitnessAct.GiveAway => Rung.GivenAway,
        WitnessAct.Report => Rung.Reported,
        _ => rung,
    };

    static WitnessStep? Climb(AgentSignals s, WitnessMemory m, HealthThresholds t, DateTimeOffset from)
    {
        if (m.Rung == Rung.Reported) return null;
        var at = m.At is { } last ? Instants.Later(from, last + t.ActWaitAfter((int)m.Rung)) : from;
        // Nobody of ours runs the process behind a bare claim.
        if (s.Spawn is null) return new(WitnessAct.Report, at);
        return new(m.Rung switch
        {
            Rung.None => WitnessAct.AskHandoff,
            Rung.AskedToHandOff => WitnessAct.Restart,
            Rung.Restarted => WitnessAct.GiveAway,
            _ => WitnessAct.Report,
        }, at);
    }

    static bool IsUnderLease(AgentSignals s) => s.HasLease && (s.SessionId is null || s.SessionAlive || s.SessionAt < s.LeaseAt);
}
