using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Domain;
using static ClaudeManage.HealthTests.Known;

namespace ClaudeManage.HealthTests;

/// <summary>When states change, and what they rest on.</summary>
public sealed class HealthRulesTests
{
    [Theory]
    [InlineData(119, AgentHealthState.Working), InlineData(120, AgentHealthState.Quiet), InlineData(86_000, AgentHealthState.Quiet)]
    public void Silence_alone_makes_it_quiet_and_nothing_worse(double age, AgentHealthState expected) => Assert.Equal(expected, At(Leased(age), 0));

    [Fact]
    public void A_bare_claim_has_no_node_to_be_silent()
    {
        var s = new AgentSignals { RegisteredAt = Ago(9_000) };
        s.Grant(Guid.NewGuid(), "sh-1", 1, null, Ago(100));
        Assert.Equal(AgentHealthState.Working, At(s, 0));
        Assert.Equal(AgentHealthState.Quiet, At(s, 3_600));
    }

    [Fact]
    public void A_session_that_ended_under_its_lease_is_dead_when_nobody_settles_it()
    {
        var s = Leased(500);
        s.EndSession(Session, Ago(10));
        Assert.Equal((AgentHealthState.Working, AgentHealthState.Dead), (At(s, 0), At(s, 51)));
        Assert.Equal(Ago(10).AddSeconds(60), HealthRules.NextChange(s, Thresholds, T));
    }

    [Fact]
    public void The_next_look_is_the_first_moment_that_can_change_the_judgement()
    {
        Assert.Equal(T.AddSeconds(60), HealthRules.NextChange(In(AgentHealthState.Working), Thresholds, T));
        Assert.Equal(T.AddSeconds(85), HealthRules.NextChange(In(AgentHealthState.Quiet), Thresholds, T));
        Assert.Null(HealthRules.NextChange(In(AgentHealthState.Idle), Thresholds, T));
        Assert.Null(HealthRules.NextChange(In(AgentHealthState.Dead), Thresholds, T));
        Assert.Null(HealthRules.NextChange(In(AgentHealthState.PropulsionFailure), Thresholds, T));
    }

    [Fact]
    public void Who_uses_the_processor_is_left_in_peace_for_much_longer()
    {
        var s = Leased(1_000);
        Assert.Equal(Ago(1_000).AddSeconds(900), HealthRules.StallsAt(s, Thresholds, T));
        s.BusyAt = Ago(10);
        // If it stops computing now, the shorter time is over.
        Assert.Equal(Ago(10).AddSeconds(90), HealthRules.StallsAt(s, Thresholds, T));
        s.BusyAt = T;
        s.SpawnedAt = s.LeaseAt = Ago(7_150);
        Assert.Equal(Ago(7_150).AddSeconds(7_200), HealthRules.StallsAt(s, Thresholds, T));
    }

    [Fact]
    public void Evidence_tells_how_old_each_signal_is_and_a_clock_that_was_set_back_makes_none_younger_than_now()
    {
        var evidence = HealthRules.Judge(In(AgentHealthState.Looping), Thresholds, T).Evidence;
        Assert.Equal(["lease", "session", "node", "progress", "repetition"], evidence.Select(e => e.Signal));
        Assert.Equal(1_000, evidence[0].AgeSeconds);
        Assert.All(HealthRules.Judge(In(AgentHealthState.Looping), Thresholds, Ago(50_000)).Evidence, e => Assert.Equal(0, e.AgeSeconds));
    }

    [Fact]
    public void Older_words_of_a_node_change_nothing()
    {
        var s = In(AgentHealthState.Working);
        s.Beat(Ago(400), Ago(1), Ago(1), 900, Ago(500), 100);
        Assert.Null(s.ProgressAt);
        Assert.Equal((0, Ago(5)), (s.Repeats, s.NodeAt));
    }
}
