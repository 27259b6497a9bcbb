using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Domain;

namespace ClaudeManage.HealthTests;

/// <summary>An agent in each state, all at the same moment.</summary>
static class Known
{
    /// <summary>The moment.</summary>
    public static readonly DateTimeOffset T = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    public static readonly Guid Session = new("00000000-0000-0000-0000-0000000000a1");

    public static readonly HealthThresholds Thresholds = new(S(120), S(900), S(7_200), S(90), S(90), S(120), 2, 100, S(120), S(60), S(120), S(120));

    public static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    public static DateTimeOffset Ago(double seconds) => T.AddSeconds(-seconds);

    public static AgentHealthState At(AgentSignals s, double seconds) => HealthRules.Judge(s, Thresholds, T.AddSeconds(seconds)).State;

    /// <summary>Under a lease with a session of the same age, heard of five seconds ago.</summary>
    public static AgentSignals Leased(double age)
    {
        var s = new AgentSignals { RegisteredAt = Ago(100_000) };
        s.Grant(Guid.NewGuid(), "sh-1", 1, "n1", Ago(age));
        s.StartSession(Session, "n1", Ago(age), Ago(5));
        return s;
    }

    public static AgentSignals In(AgentHealthState state)
    {
        var s = state is AgentHealthState.Idle or AgentHealthState.PropulsionFailure ? new AgentSignals { RegisteredAt = Ago(100_000) } : Leased(state switch
        {
            AgentHealthState.Working => 60,
            AgentHealthState.Quiet => 300,
            _ => 1_000,
        });
        switch (state)
        {
            case AgentHealthState.Nudged: s.Nudge(Ago(60)); break;
            case AgentHealthState.Stuck:
                s.Nudge(Ago(500));
                s.Nudge(Ago(300));
                break;
            case AgentHealthState.Looping: s.Beat(Ago(5), Ago(5), null, 200, Ago(300), 100); break;
            case AgentHealthState.Zombie: s.EndLease(Ago(300), false, null); break;
            case AgentHealthState.Dead:
                s.EndSession(Session, Ago(60));
                s.EndLease(Ago(60), true, "the lease was not renewed");
                break;
            case AgentHealthState.Unreachable: s.NodeAt = Ago(200); break;
            case AgentHealthState.PropulsionFailure: s.WaitingSince = Ago(300); break;
        }
        return s;
    }
}
