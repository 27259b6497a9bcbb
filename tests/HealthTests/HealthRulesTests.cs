using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Domain;

namespace ClaudeManage.HealthTests;

/// <summary>Signals in, judgement out.</summary>
public sealed class HealthRulesTests
{
    static readonly DateTimeOffset T0 = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);
    static readonly HealthThresholds Thresholds = new(TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(900), TimeSpan.FromSeconds(90));

    static AgentSignals Leased => new(T0, null, T0, true, T0, T0, true, T0.AddDays(-1), null);

    static AgentHealthState At(AgentSignals signals, double seconds) => HealthRules.Judge(signals, Thresholds, T0.AddSeconds(seconds)).State;

    [Fact]
    public void Without_a_lease_it_is_idle() => Assert.Equal(AgentHealthState.Idle, At(Leased with { HasLease = false }, 5_000));

    [Fact]
    public void A_lease_taken_back_means_dead() => Assert.Equal(AgentHealthState.Dead, At(Leased with { HasLease = false, LeaseLostAt = T0.AddSeconds(90) }, 100));

    [Theory]
    [InlineData(0, AgentHealthState.Working), InlineData(119, AgentHealthState.Working), InlineData(120, AgentHealthState.Quiet), InlineData(899, AgentHealthState.Quiet), InlineData(900, AgentHealthState.Stuck)]
    public void Without_progress_it_grows_quiet_and_then_stuck(double seconds, AgentHealthState expected) =>
        Assert.Equal(expected, At(Leased with { NodeAt = T0.AddSeconds(seconds) }, seconds));

    [Fact]
    public void Progress_makes_it_work_again() => Assert.Equal(AgentHealthState.Working, At(Leased with { NodeAt = T0.AddSeconds(1_000), ProgressAt = T0.AddSeconds(990) }, 1_000));

    [Fact]
    public void A_silent_node_hides_its_agents() => Assert.Equal(AgentHealthState.Unreachable, At(Leased, 90));

    [Fact]
    public void A_bare_claim_has_no_node_to_be_silent() => Assert.Equal(AgentHealthState.Working, At(Leased with { NodeAt = null, SessionAt = null, SessionAlive = false }, 100));

    [Fact]
    public void The_next_look_is_the_first_moment_that_can_change_the_judgement()
    {
        Assert.Equal(T0.AddSeconds(90), HealthRules.NextCheck(Leased, Thresholds, T0));
        Assert.Equal(T0.AddSeconds(120), HealthRules.NextCheck(Leased, Thresholds, T0.AddSeconds(90)));
        Assert.Equal(T0.AddSeconds(900), HealthRules.NextCheck(Leased, Thresholds, T0.AddSeconds(120)));
        Assert.Null(HealthRules.NextCheck(Leased, Thresholds, T0.AddSeconds(900)));
        Assert.Null(HealthRules.NextCheck(Leased with { HasLease = false }, Thresholds, T0));
    }

    [Fact]
    public void Evidence_tells_how_old_each_signal_is()
    {
        var judgement = HealthRules.Judge(Leased, Thresholds, T0.AddSeconds(30));
        Assert.Equal(["lease", "session", "node", "progress"], judgement.Evidence.Select(e => e.Signal));
        Assert.All(judgement.Evidence, e => Assert.Equal(30, e.AgeSeconds));
    }
}
